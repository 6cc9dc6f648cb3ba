"""Every shape's picture in use."""

from __future__ import annotations

from . import (  # noqa: F401  (the modules of shapes register themselves)
    bags,
    bathing,
    cookware,
    furniture,
    garden,
    larder,
    light,
    props,
    softgoods,
    stationery,
    tableware,
    textiles,
    vessels,
)
from .inuse import Use
from .uses_house import HOUSE_USES
from .uses_kitchen import KITCHEN_USES
from .uses_table import TABLE_USES
from .uses_yard import YARD_USES

USES: dict[str, Use] = {**TABLE_USES, **KITCHEN_USES, **HOUSE_USES, **YARD_USES}
