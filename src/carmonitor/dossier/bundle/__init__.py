"""The mission dossier as one zip: what is in it, who signed it, and whether it is as it was made."""
