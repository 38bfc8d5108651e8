"""The information-provision network (情報提供ネットワークシステム): law, codes, permits, routing."""
