"""What services add to system collections, beyond behaviours (which know no project, storage or address)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from directus8 import names
from directus8.services import contents

if TYPE_CHECKING:
    from directus8.services.session import Session

Row: TypeAlias = Mapping[str, Any]
#: How fields are made that behaviours declare as computed: (collection, field) → (session → (row → value)).
COMPUTED: Mapping[tuple[str, str], Callable[[Session], Callable[[Row], Any]]] = {(names.FILES, "data"): contents.told}
#: What else happens when an item is written, inside the transaction: (session, action, row before, row after).
EFFECTS: Mapping[str, Callable[[Session, str, Row | None, Row], None]] = {names.FILES: contents.follow}
