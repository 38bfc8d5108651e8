"""The two dialects in which a town speaks to its gateway; its `node.toml` says which."""

from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.gateway_client.files import FileLink

Link = GatewayLink | FileLink
