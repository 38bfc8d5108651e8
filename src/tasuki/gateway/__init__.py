"""The intermediate server (中間サーバー): replicas, linkage codes, inquiries and answers."""
