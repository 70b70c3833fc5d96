"""What markup may say of a block, a column each: of HTML all of it, of Markdown the little it has.

What is not known is NaN, which the trees take as it is, so that text, Markdown and HTML share one
model.
"""

from __future__ import annotations

from model.elements import FLAGS, OWN_FLAGS

__all__ = ["CUES"]

CUES: tuple[str, ...] = (
    "heading_level",  # 1 to 6, NaN where the block is in no heading
    "depth",  # block-level elements around it
    "depth_change",  # from the block before
    "same_parent_as_previous",  # whether its block-level element is that of the block before or
    # its sibling
    "new_article",  # the first block of an <article>
    "jsonld_headline_match",  # it is the headline that the page's metadata names
    "jsonld_body",  # it occurs in the articleBody that the page's metadata gives
    *FLAGS,
    *(f"own_{name}" for name in OWN_FLAGS),
)
