"""What leaves the town as a file (持出し): requested, approved by somebody else, encrypted, registered, given back."""
