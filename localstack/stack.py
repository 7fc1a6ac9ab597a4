"""Makes and removes stacks of a packaged template on an emulator, quicker than `sam deploy` does: for tests that want
a stack each. Prints JSON. The emulator comes from AWS_ENDPOINT_URL, without which nothing is done.

    stack.py create NAME TEMPLATE     {"url": ..., "token": ..., "topic": ..., "bus": ..., "stack": ...}
    stack.py token FUNCTION           what the API function answers
    stack.py output NAME OUTPUT       the value
    stack.py subscribe TOPIC BUS URL  {"topic": ..., "bus": ...}: a queue for what is critical on the topic, and one for
                                      all events of the bus; URL gets all messages of the topic, once it is confirmed
    stack.py confirm TOPIC TOKEN
    stack.py messages QUEUE           the bodies of some messages, which are removed
    stack.py mailbox NAME             {}: a queue gets what the topic of the stack sends to people
    stack.py mail NAME                what came there, oldest first, which is removed:
                                      [{"time": ..., "subject": ..., "text": ..., "attributes": {...}}]
    stack.py send NAME KIND BODY...   {}: the messages go into the work queue of that kind, such as dispatch
    stack.py batches NAME             [[PARTITION, SORT], ...]: the delta batches that were committed
    stack.py upload NAME              the keys of all uploads, newest first, which are uploaded once more
    stack.py busy NAME                how many messages wait or are worked at in the work queues, and how many uploads wait
    stack.py dead NAME                {QUEUE: [BODY, ...]}: what is in queues of dead letters and failed events, none if all
                                      are empty
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


def mailbox(name):
    _, arn = queue_for(f"{name}-mailbox", "sns.amazonaws.com")
    # Once more is no second subscription.
    boto3.client("sns").subscribe(TopicArn=outputs(name)["Topic"], Protocol="sqs", Endpoint=arn)
    return {}


def mail(name):
    sqs = boto3.client("sqs")
    try:
        queue = sqs.get_queue_url(QueueName=f"{name}-mailbox")["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise SystemExit(f"stack {name} has no mailbox; `cargo xtask cloud deploy` makes it") from None
    came = []
    while bodies := messages(queue):
        came += [json.loads(body) for body in bodies]
    return [
        {
            "time": envelope["Timestamp"],
            "subject": printable(envelope.get("Subject", "")),
            "text": printable(envelope["Message"]),
            "attributes": {
                printable(key): printable(attribute["Value"])
                for key, attribute in envelope.get("MessageAttributes", {}).items()
            },
        }
        for envelope in sorted(came, key=lambda envelope: envelope["Timestamp"])
    ]


def printable(text):
    """For a terminal: nothing that moves its cursor or turns the direction of writing."""
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)


def send(name, kind, bodies):
    sqs = boto3.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"{name}-work-{kind}")["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    return {}


def batches(name):
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(
        TableName=outputs(name)["Table"],
        ProjectionExpression="pk, sk",
        FilterExpression="begins_with(pk, :block) AND begins_with(sk, :batch)",
        ExpressionAttributeValues={":block": {"S": "BLK#"}, ":batch": {"S": "D#"}},
    )
    return [[item["pk"]["S"], item["sk"]["S"]] for page in pages for item in page["Items"]]


def upload(name):
    """The bucket keeps what functions removed from it for some days."""
    s3, bucket = boto3.client("s3"), outputs(name)["Bucket"]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="uploads/")
    versions = [version for page in pages for version in page.get("Versions", [])]
    versions.sort(key=lambda version: version["LastModified"], reverse=True)
    for version in versions:
        named = {"Bucket": bucket, "Key": version["Key"]}
        body = s3.get_object(**named, VersionId=version["VersionId"])["Body"].read()
        s3.put_object(**named, Body=body)
    return [version["Key"] for version in versions]


def busy(name):
    sqs, states = boto3.client("sqs"), ["", "Delayed", "NotVisible"]
    names = ["ApproximateNumberOfMessages" + state for state in states]
    waiting = 0
    for queue in sqs.list_queues(QueueNamePrefix=f"{name}-work-").get("QueueUrls", []):
        if not queue.endswith("-dead"):
            counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
            waiting += sum(int(count) for count in counts.values())
    uploads = boto3.client("s3").list_objects_v2(Bucket=outputs(name)["Bucket"], Prefix="uploads/")
    return waiting + uploads["KeyCount"]


def dead(name):
    sqs, found = boto3.client("sqs"), {}
    for queue in sqs.list_queues(QueueNamePrefix=f"{name}-").get("QueueUrls", []):
        if queue.endswith(("-dead", "-failed-events")):
            count = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
            if count["Attributes"]["ApproximateNumberOfMessages"] != "0":
                found[queue.rsplit("/", 1)[-1]] = messages(queue)
    return found


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
        case ["mailbox", name]:
            return mailbox(name)
        case ["mail", name]:
            return mail(name)
        case ["send", name, kind, *bodies]:
            return send(name, kind, bodies)
        case ["batches", name]:
            return batches(name)
        case ["upload", name]:
            return upload(name)
        case ["busy", name]:
            return busy(name)
        case ["dead", name]:
            return dead(name)
        case ["delete", name]:
            return delete(name)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
