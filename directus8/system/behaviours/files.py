"""directus_files: most columns tell what the content is, so only FilesService writes them.

Source: files_assets.md §4.3.
"""

from __future__ import annotations

from directus8.system.behaviour import Behaviour

#: Columns of which the ``data`` object is made.
DATA = ("id", "type", "private_hash", "filename_disk", "filename_download", "embed", "width", "height")
#: Columns that follow from the content, or from the name it is kept under.
DERIVED = frozenset(
    {
        "storage", "filename_disk", "type", "uploaded_by", "uploaded_on", "charset", "filesize", "width", "height",
        "duration", "embed", "checksum",
    }
)  # fmt: skip

BEHAVIOUR = Behaviour("directus_files", computed={"data": DATA}, reserved=DERIVED)
