"""The pages of the portal, one module for each thing a resident comes for."""
