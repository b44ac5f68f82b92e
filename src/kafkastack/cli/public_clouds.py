"""Public clouds that Juju knows by name: their credentials are kept, machines are not made."""

from typing import Any, NamedTuple


class PublicCloud(NamedTuple):
    """A public cloud: Juju's type of it, what it is called, its regions, the usual one first."""

    type: str
    description: str
    regions: str


PUBLIC: dict[str, PublicCloud] = {
    "aws": PublicCloud(
        "ec2",
        "Amazon Web Services",
        "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 eu-west-1 eu-west-2 "
        "eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 af-south-1 "
        "ap-east-1 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 "
        "ap-southeast-4 ap-northeast-1 ap-northeast-2 ap-northeast-3 me-south-1 me-central-1 "
        "il-central-1 sa-east-1",
    ),
    "aws-china": PublicCloud("ec2", "Amazon China", "cn-north-1 cn-northwest-1"),
    "aws-gov": PublicCloud("ec2", "Amazon (USA Government)", "us-gov-west-1 us-gov-east-1"),
    "azure": PublicCloud(
        "azure",
        "Microsoft Azure",
        "centralus eastus eastus2 northcentralus southcentralus westcentralus westus westus2 "
        "westus3 northeurope westeurope eastasia southeastasia japaneast japanwest brazilsouth "
        "australiacentral australiaeast australiasoutheast centralindia southindia westindia "
        "jioindiawest canadacentral canadaeast uksouth ukwest koreacentral koreasouth "
        "francecentral germanywestcentral italynorth norwayeast polandcentral qatarcentral "
        "southafricanorth swedencentral switzerlandnorth uaenorth israelcentral",
    ),
    "azure-china": PublicCloud(
        "azure",
        "Microsoft Azure China",
        "chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3",
    ),
    "equinix": PublicCloud(
        "equinix",
        "Equinix Metal",
        "am at ch da dc fr hk hu la ld ma md mi ny pa sg sk sl sp sv sy tr ty",
    ),
    "google": PublicCloud(
        "gce",
        "Google Cloud Platform",
        "us-east1 us-east4 us-east5 us-central1 us-south1 us-west1 us-west2 us-west3 us-west4 "
        "northamerica-northeast1 northamerica-northeast2 southamerica-east1 southamerica-west1 "
        "europe-central2 europe-north1 europe-southwest1 europe-west1 europe-west2 europe-west3 "
        "europe-west4 europe-west6 europe-west8 europe-west9 europe-west12 asia-east1 asia-east2 "
        "asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2 "
        "asia-southeast1 asia-southeast2 australia-southeast1 australia-southeast2 me-central1 "
        "me-west1 africa-south1",
    ),
    "oracle": PublicCloud(
        "oci",
        "Oracle Compute Cloud Service",
        "us-phoenix-1 us-ashburn-1 us-sanjose-1 us-chicago-1 ca-toronto-1 ca-montreal-1 "
        "uk-london-1 uk-cardiff-1 eu-frankfurt-1 eu-zurich-1 eu-amsterdam-1 eu-madrid-1 "
        "eu-paris-1 eu-milan-1 eu-stockholm-1 ap-tokyo-1 ap-osaka-1 ap-seoul-1 ap-mumbai-1 "
        "ap-hyderabad-1 ap-singapore-1 ap-sydney-1 ap-melbourne-1 sa-saopaulo-1 sa-santiago-1 "
        "me-jeddah-1 me-dubai-1 il-jerusalem-1 af-johannesburg-1",
    ),
}


def public_clouds(auth_types: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Return the public clouds by name, shaped as every other cloud is."""
    return {
        name: {
            "defined": "public",
            "type": cloud.type,
            "description": cloud.description,
            "auth-types": auth_types[cloud.type],
            "regions": {region: {} for region in cloud.regions.split()},
        }
        for name, cloud in PUBLIC.items()
    }
