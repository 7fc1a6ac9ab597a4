"""MiniStack, and one thing that AWS knows and it doesn't yet: the condition key `s3:if-none-match`.

Policies that let agents create objects and never overwrite them ask for it. Without it MiniStack refuses such
agents everything as soon as it enforces policies (AUTH=true).
"""

import sys

from ministack.core import iam_actions

known = iam_actions.s3_service_context


def s3_service_context(iam_action, query_params, path="", headers=None):
    context = known(iam_action, query_params, path, headers)
    condition = (headers or {}).get("if-none-match")
    if iam_action == "s3:PutObject" and condition:
        context["s3:if-none-match"] = condition
    return context


iam_actions.s3_service_context = s3_service_context

# Only now: it takes the function by its name.
from ministack.app import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
