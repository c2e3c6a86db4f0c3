"""Calls every operation of the simulator with boto3, and prints what came of it as one JSON object."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, image, unshared = sys.argv[1:4]
region, owner, consumer, outside = "us-east-1", "111111111111", "222222222222", "888888888888"


def client(service, account):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=f"AKIA{account}TEST",
        aws_secret_access_key="simulated",
        config=Config(retries={"total_max_attempts": 1}),
    )


def error_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return None


images, ram, sts = (client(service, owner) for service in ("imagebuilder", "ram", "sts"))
found = {}

found["identity"] = sts.get_caller_identity()["Account"]
role = sts.assume_role(RoleArn=f"arn:aws:iam::{consumer}:role/reader", RoleSessionName="verify", ExternalId="external")
found["session"] = role["Credentials"]["AccessKeyId"][4:16]

found["no_policy"] = images.get_image_policy(imageArn=image)["policy"]
statement = {
    "Effect": "Allow",
    "Principal": {"AWS": [consumer]},
    "Action": ["imagebuilder:GetImage"],
    "Resource": [image],
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
found["put"] = images.put_image_policy(imageArn=image, policy=policy)["imageArn"]
found["policy"] = json.loads(images.get_image_policy(imageArn=image)["policy"])["Statement"][0]["Action"]
found["invalid"] = error_of(images.put_image_policy, imageArn=image, policy="[]")
found["missing"] = error_of(images.get_image_policy, imageArn=image + "9")

share = ram.list_resources(resourceOwner="SELF", resourceArns=[image])["resources"][0]["resourceShareArn"]
found["unmatched"] = error_of(ram.promote_resource_share_created_from_policy, resourceShareArn=share)
made = ram.list_resource_share_permissions(resourceShareArn=share)["permissions"][0]
found["made"] = made["featureSet"]
promoted = ram.promote_permission_created_from_policy(permissionArn=made["arn"], name="get", clientToken="t1")
found["promoted_permission"] = promoted["permission"]["name"]
found["promoted"] = ram.promote_resource_share_created_from_policy(resourceShareArn=share)["returnValue"]
found["twice"] = error_of(ram.promote_resource_share_created_from_policy, resourceShareArn=share)
shares = ram.get_resource_shares(resourceOwner="SELF", resourceShareArns=[share])["resourceShares"]
found["share"] = [shares[0]["featureSet"], shares[0]["status"], shares[0]["creationTime"].year > 2000]

ram.tag_resource(resourceShareArn=share, tags=[{"key": "rollout", "value": "golden"}])
tagged = ram.get_resource_shares(resourceOwner="SELF", tagFilters=[{"tagKey": "rollout", "tagValues": ["golden"]}])
found["tagged"] = len(tagged["resourceShares"])
ram.untag_resource(resourceShareArn=share, tagKeys=["rollout"])

ram.associate_resource_share(resourceShareArn=share, principals=[outside], clientToken="t2")
guest = client("ram", outside)
invitation = guest.get_resource_share_invitations()["resourceShareInvitations"][0]["resourceShareInvitationArn"]
pending = guest.list_pending_invitation_resources(resourceShareInvitationArn=invitation)
found["pending"] = [resource["arn"] for resource in pending["resources"]]
accepted = guest.accept_resource_share_invitation(resourceShareInvitationArn=invitation)
found["accepted"] = accepted["resourceShareInvitation"]["status"]
found["rejected_late"] = error_of(guest.reject_resource_share_invitation, resourceShareInvitationArn=invitation)
members = ram.get_resource_share_associations(associationType="PRINCIPAL", resourceShareArns=[share])
found["members"] = {each["associatedEntity"]: each["status"] for each in members["resourceShareAssociations"]}
found["principals"] = sorted(each["id"] for each in ram.list_principals(resourceOwner="SELF")["principals"])
found["policies"] = len(ram.get_resource_policies(resourceArns=[image])["policies"])

reader = client("imagebuilder", consumer)
found["read"] = reader.get_image(imageBuildVersionArn=image)["image"]["version"]
found["hidden"] = error_of(reader.get_image, imageBuildVersionArn=unshared)
found["shared"] = [each["arn"] for each in reader.list_images(owner="Shared")["imageVersionList"]]
version = image.rsplit("/", 1)[0]
builds = reader.list_image_build_versions(imageVersionArn=version)["imageSummaryList"]
found["builds"] = [each["arn"] for each in builds]

images.tag_resource(resourceArn=image, tags={"tested": "true", "stage": "beta"})
images.untag_resource(resourceArn=image, tagKeys=["stage"])
found["image_tags"] = images.list_tags_for_resource(resourceArn=image)["tags"]
found["delete_shared"] = error_of(images.delete_image, imageBuildVersionArn=image)
found["deleted_image"] = images.delete_image(imageBuildVersionArn=unshared)["imageBuildVersionArn"]

template = json.dumps({"Effect": "Allow", "Action": ["imagebuilder:GetImage", "imagebuilder:ListImages"]})
pair = ram.create_permission(name="pair", resourceType="imagebuilder:Image", policyTemplate=template)["permission"]
ram.associate_resource_share_permission(resourceShareArn=share, permissionArn=pair["arn"], replace=True)
found["attached"] = error_of(
    ram.disassociate_resource_share_permission, resourceShareArn=share, permissionArn=pair["arn"]
)
associated = ram.list_permission_associations(permissionArn=pair["arn"])["permissions"]
found["associated"] = [each["resourceShareArn"] == share for each in associated]
detail = ram.get_permission(permissionArn=pair["arn"])["permission"]
found["actions"] = json.loads(detail["permission"])["Action"]
found["permissions"] = sorted(each["name"] for each in ram.list_permissions(permissionType="CUSTOMER_MANAGED")["permissions"])
found["deleted_permission"] = ram.delete_permission(permissionArn=promoted["permission"]["arn"])["returnValue"]

created = ram.create_resource_share(name="mine", resourceArns=[image], principals=[consumer])["resourceShare"]
leaving = ram.disassociate_resource_share(resourceShareArn=created["resourceShareArn"], principals=[consumer])
found["leaving"] = leaving["resourceShareAssociations"][0]["status"]
found["deleted_share"] = ram.delete_resource_share(resourceShareArn=created["resourceShareArn"])["returnValue"]
found["enable"] = error_of(ram.enable_sharing_with_aws_organization)

print(json.dumps(found))
