"""Makes and removes stacks of a packaged template on an emulator, quicker than `sam deploy` does: for tests that want
a stack each. Prints JSON. The emulator comes from AWS_ENDPOINT_URL, without which nothing is done.

    stack.py create NAME TEMPLATE     {"url": ..., "token": ..., "topic": ..., "bus": ..., "stack": ...}
    stack.py token FUNCTION           what the API function answers
    stack.py output NAME OUTPUT       the value
    stack.py subscribe TOPIC BUS URL  {"topic": ..., "bus": ...}: a queue for what is critical on the topic, and one for
                                      all events of the bus; URL gets all messages of the topic, once it is confirmed
    stack.py confirm TOPIC TOKEN
    stack.py messages QUEUE           the bodies of some messages, which are removed
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


def queue_for(name, source):
    """A queue that a topic or a rule may send to: its address and its ARN."""
    sqs = boto3.client("sqs")
    address = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": source},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=address, Attributes={"Policy": policy})
    return address, arn


def subscribe(topic, bus, url):
    stack = topic.rsplit(":", 1)[-1]
    sns, events = boto3.client("sns"), boto3.client("events")
    critical, arn = queue_for(f"{stack}-critical", "sns.amazonaws.com")
    only = json.dumps({"severity": ["critical"]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": only})
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    heard, arn = queue_for(f"{stack}-events", "events.amazonaws.com")
    pattern = json.dumps({"source": [{"prefix": "portdelta"}]})
    events.put_rule(Name=f"{stack}-all", EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule=f"{stack}-all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return {"topic": critical, "bus": heard}


def confirm(topic, token):
    boto3.client("sns").confirm_subscription(TopicArn=topic, Token=token)
    return {}


def messages(queue):
    sqs = boto3.client("sqs")
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", [])
    for message in got:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in got]


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
        case ["subscribe", topic, bus, url]:
            return subscribe(topic, bus, url)
        case ["confirm", topic, answer]:
            return confirm(topic, answer)
        case ["messages", queue]:
            return messages(queue)
        case ["delete", name]:
            return delete(name)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
