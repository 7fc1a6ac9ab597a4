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
    stack.py logs NAME                what the functions logged: lines, without those of Lambda itself
    stack.py agent NAME LENT OTHER    {WHAT: "done", "refused" or a code}: everything that somebody with what an agent was
                                      lent (JSON) may want of the stack, tried; OTHER is the queue of another site
    stack.py delete NAME
"""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

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


def logs(name):
    logs = boto3.client("logs")
    found = []
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{name}-")
    for group in [group["logGroupName"] for page in groups for group in page["logGroups"]]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        found += [event["message"] for page in pages for event in page["events"]]
    platform = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
    return [line for line in found if not line.startswith(platform)]


def agent(name, lent, other):
    made, lent = outputs(name), json.loads(lent)
    bucket, folder, own = lent["bucket"], lent["folder"], lent["queue"]
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    for queue in [own, own, other]:
        sqs.send_message(QueueUrl=queue, MessageBody="{}")
    # Not below uploads/, from where functions would take it away.
    s3.put_object(Bucket=bucket, Key="results/office/there", Body=b"there")
    held = sqs.receive_message(QueueUrl=other, VisibilityTimeout=600)["Messages"][0]["ReceiptHandle"]
    role = next(role for role in roles() if f"{name}-AgentRole" in role)
    keys = {
        "aws_access_key_id": lent["access_key"],
        "aws_secret_access_key": lent["secret_key"],
        "aws_session_token": lent["session_token"],
    }
    client = boto3.Session(region_name=lent["region"], **keys).client
    sqs, s3, table, tried = client("sqs"), client("s3"), client("dynamodb"), {}

    def tries(what, call, **named):
        try:
            answer = call(**named)
            tried[what] = "done"
            return answer
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            code = error.response["Error"]["Code"]
            is_refusal = status == 403 or code.startswith("AccessDenied") or code == "AuthorizationError"
            tried[what] = "refused" if is_refusal else code
            return {}

    got = tries("receive from its site", sqs.receive_message, QueueUrl=own, WaitTimeSeconds=2)
    mine = got.get("Messages", [{"ReceiptHandle": "none"}])
    if got.get("Messages"):
        tried["receive a task of its site"] = "done"
    hold, remove = sqs.change_message_visibility, sqs.delete_message
    tries("extend a task of its site", hold, QueueUrl=own, ReceiptHandle=mine[0]["ReceiptHandle"], VisibilityTimeout=60)
    tries("delete a task of its site", remove, QueueUrl=own, ReceiptHandle=mine[0]["ReceiptHandle"])
    tries("send a task to its site", sqs.send_message, QueueUrl=own, MessageBody="{}")
    tries("empty its queue", sqs.purge_queue, QueueUrl=own)
    tries("remove its queue", sqs.delete_queue, QueueUrl=own)
    tries("change its queue", sqs.set_queue_attributes, QueueUrl=own, Attributes={"VisibilityTimeout": "0"})
    tries("receive a task of another site", sqs.receive_message, QueueUrl=other)
    tries("extend a task of another site", hold, QueueUrl=other, ReceiptHandle=held, VisibilityTimeout=0)
    tries("delete a task of another site", remove, QueueUrl=other, ReceiptHandle=held)
    tries("send a task to another site", sqs.send_message, QueueUrl=other, MessageBody="{}")
    for work in ["dispatch", "ingest", "notify"]:
        queue = own.rsplit("/", 1)[0] + f"/{name}-work-{work}"
        tries(f"receive work of {work}", sqs.receive_message, QueueUrl=queue)
        tries(f"send work to {work}", sqs.send_message, QueueUrl=queue, MessageBody="{}")

    once = {"Bucket": bucket, "Body": b"result", "IfNoneMatch": "*"}
    key = f"{folder}run-1/00000/0123456789abcdef"
    tries("put a result", s3.put_object, Key=key, **once)
    tries("overwrite its own result", s3.put_object, Bucket=bucket, Key=key, Body=b"other")
    tries("overwrite its own result in parts", s3.create_multipart_upload, Bucket=bucket, Key=key)
    tries("read its own result", s3.get_object, Bucket=bucket, Key=key)
    tries("remove its own result", s3.delete_object, Bucket=bucket, Key=key)
    tries("list its own results", s3.list_objects_v2, Bucket=bucket, Prefix=folder)
    tries("list all", s3.list_object_versions, Bucket=bucket)
    tries("read a result", s3.get_object, Bucket=bucket, Key="results/office/there")
    source = {"Bucket": bucket, "Key": "results/office/there"}
    tries("copy a result to its folder", s3.copy_object, Bucket=bucket, Key=f"{folder}copy", CopySource=source)
    tries("remove a result", s3.delete_object, Bucket=bucket, Key="results/office/there")
    for place in ["uploads/another/run-1/00000/0123456789abcdef", "uploads/x", "results/office/x", "bodies/x", "plans/x", "x"]:
        tries(f"put {place}", s3.put_object, Key=place, **once)

    item, named = {"pk": {"S": "x"}, "sk": {"S": "x"}}, {"TableName": made["Table"]}
    tries("read an item", table.get_item, Key=item, **named)
    tries("read all items", table.scan, **named)
    tries("describe the table", table.describe_table, **named)
    tries("write an item", table.put_item, Item=item, **named)
    tries("remove an item", table.delete_item, Key=item, **named)

    tries("take on the role of agents", client("sts").assume_role, RoleArn=role, RoleSessionName="more")
    tries("list roles", client("iam").list_roles)
    tries("list schedules", client("scheduler").list_schedules)
    tries("make a token", client("lambda").invoke, FunctionName=made["ApiFunction"], Payload=b"{}")
    tries("tell people", client("sns").publish, TopicArn=made["Topic"], Message="x")
    event = {"EventBusName": made["Bus"], "Source": "portdelta", "DetailType": "x", "Detail": "{}"}
    tries("tell programs", client("events").put_events, Entries=[event])
    tries("read logs", client("logs").describe_log_groups)
    return tried


def roles():
    pages = boto3.client("iam").get_paginator("list_roles").paginate()
    return [role["Arn"] for page in pages for role in page["Roles"]]


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
        case ["logs", name]:
            return logs(name)
        case ["agent", name, lent, other]:
            return agent(name, lent, other)
        case ["delete", name]:
            return delete(name)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
