"""Care of a workspace: checks, backups, removal of files that no row names."""
