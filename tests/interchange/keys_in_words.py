"""Keys told by texts: ids that an import makes are nobody's to rely on."""

from decimal import Decimal

from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item


def worth(item: Item) -> list[Decimal]:
    """Of each choice, in the order of the file."""
    assert isinstance(item.key, keys.ChoiceKey)
    assert isinstance(item.interaction, ours.Choice)
    weights = item.key.weights or {}
    return [weights.get(one.id, Decimal(0)) for one in item.interaction.choices]


def paired(item: Item) -> dict[str, list[str]]:
    """The texts that belong together."""
    assert isinstance(item.key, keys.MatchKey)
    assert isinstance(item.interaction, ours.Match)
    texts = {one.id: one.text for one in (*item.interaction.sources, *item.interaction.targets)}
    return {
        texts[one]: [texts[target] for target in item.key.pairs[one]]
        for one in (source.id for source in item.interaction.sources)
    }
