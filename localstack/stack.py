"""Makes and removes stacks of a packaged template on an emulator, quicker than `sam deploy` does: for tests that want
a stack each. Prints JSON. The emulator comes from AWS_ENDPOINT_URL, without which nothing is done.

    stack.py create NAME TEMPLATE     {"url": ..., "token": ..., "topic": ..., "bus": ..., "stack": ...}
    stack.py token FUNCTION           what the API function answers
    stack.py output NAME OUTPUT       the value
    stack.py delete NAME
"""

import json
import os
import sys

import boto3

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def create(name, template):
    cloud = boto3.client("cloudformation")
    with open(template, encoding="utf-8") as file:
        body = file.read()
    parameters = {
        "EmulatorUrl": ENDPOINT,
        "Architecture": os.environ.get("ARCHITECTURE", "x86_64"),
        "LogLevel": "debug",
        "SweepRate": "rate(1 minute)",
    }
    cloud.create_stack(
        StackName=name,
        TemplateBody=body,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    waiter = cloud.get_waiter("stack_create_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 180})
    made = outputs(name)
    return {
        "stack": name,
        "url": made["ApiUrl"],
        "topic": made["Topic"],
        "bus": made["Bus"],
        "token": token(made["ApiFunction"])["token"],
    }


def outputs(name):
    stack = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def token(function):
    payload = json.dumps({"new_admin_token": "made by a test"})
    made = boto3.client("lambda").invoke(FunctionName=function, Payload=payload)
    answer = json.loads(made["Payload"].read())
    if "token" not in answer:
        raise SystemExit(f"{function} made no token: {answer}")
    return answer


def delete(name):
    boto3.client("cloudformation").delete_stack(StackName=name)
    return {}


def main(arguments):
    match arguments:
        case ["create", name, template]:
            return create(name, template)
        case ["token", function]:
            return token(function)
        case ["output", name, output]:
            return outputs(name)[output]
        case ["delete", name]:
            return delete(name)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
