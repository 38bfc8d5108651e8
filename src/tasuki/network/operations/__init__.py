"""What the network does: registers members, issues codes, decides inquiries, keeps their outcome."""
