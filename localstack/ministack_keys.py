"""MiniStack, and what it does not know yet when it enforces policies (AUTH=true):

- the condition key `s3:if-none-match`. Policies that let agents create objects and never overwrite them ask for it;
- that schedules have groups: it takes all to be in the group `default`;
- that whoever may send, hold or remove a message of a queue may do so with several at once.

Without these it refuses agents and functions what AWS lets them do.
"""

import json
import sys

from ministack.core import iam_actions

known_context = iam_actions.s3_service_context
known_arn = iam_actions.extract_resource_arn
known_action = iam_actions.extract_iam_action


def s3_service_context(iam_action, query_params, path="", headers=None):
    context = known_context(iam_action, query_params, path, headers)
    condition = (headers or {}).get("if-none-match")
    if iam_action == "s3:PutObject" and condition:
        context["s3:if-none-match"] = condition
    return context


def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    arn = known_arn(service, method, path, headers, body, query_params, region, account_id)
    parts = [part for part in path.split("/") if part]
    if service != "scheduler" or parts[:1] != ["schedules"]:
        return arn
    if len(parts) == 1:
        return f"arn:aws:scheduler:{region}:{account_id}:schedule/*/*"
    return f"arn:aws:scheduler:{region}:{account_id}:schedule/{group(body, query_params)}/{parts[1]}"


def extract_iam_action(service, *request, **named):
    action = known_action(service, *request, **named)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def group(body, query_params):
    """The group of schedules that a request names in its query or its body."""
    named = query_params.get("groupName")
    if named:
        return named[0] if isinstance(named, list) else named
    try:
        return json.loads(body or b"{}").get("GroupName") or "default"
    except ValueError:
        return "default"


iam_actions.s3_service_context = s3_service_context
iam_actions.extract_resource_arn = extract_resource_arn
iam_actions.extract_iam_action = extract_iam_action

# Only now: it takes the functions by their names.
from ministack.app import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
