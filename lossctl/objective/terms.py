"""Terms: each entry of a configuration bound to a loss, its inputs, its weights and its options."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lossctl.core.errors import DataError, Mistakes
from lossctl.core.loss import Loss
from lossctl.core.options import Options
from lossctl.core.spelling import did_you_mean, visible
from lossctl.engine.plan import GROUP
from lossctl.engine.sources import CachedSource, Source
from lossctl.formulas.fuzzy_logic import SEMANTICS
from lossctl.losses.builders.logic import Quantifier
from lossctl.objective.config import Config, Constraint, Rule, Supervised
from lossctl.objective.derived_sources import (
    ConstantSource,
    FlagWeights,
    FormulaSource,
    WeightProduct,
)
from lossctl.objective.logic import (
    Formula,
    condition_formula,
    constraint_formula,
    rule_formula,
)
from lossctl.objective.metrics import arrays_of_metrics
from lossctl.objective.objective_result import TERM_KINDS
from lossctl.objective.violations import (
    QUANTIFIERS,
    penalty_loss,
    quantified_loss,
    rule_loss,
)
from lossctl.objective.workspace import Workspace
from lossctl.objective.yaml_nodes import Place, PlacedText, describe_names, errors_at, refuse

ROWS = "rows"
ROLES = ("predictions", "targets")


@dataclass(frozen=True, eq=False)
class Term:
    """One component of the total, ready to evaluate.

    Attributes
    ----------
    sources
        Its inputs by the names its loss declares.
    arrays
        Which named array each input is, where it is one; what is not comes from a formula.
    weight
        Its own weight times that of its kind.
    group
        The column whose equal values make a group, for rules quantified over groups.
    quantifier
        Of a rule for all rows or some: what makes one truth of theirs.
    details
        What the result says beyond the number: formula, semantics, penalty, …
    monitor
        A second request on the same rows that counts truths, where the loss itself does not.
    antecedent
        A request on what stands before the arrow of a rule.
    """

    name: str
    kind: str
    loss: Loss
    params: Mapping[str, Any]
    sources: Mapping[str, Source]
    arrays: Mapping[str, str]
    weights: Source | None
    options: Options
    weight: float
    place: Place
    details: Mapping[str, Any] = field(default_factory=dict)
    quantifier: Quantifier | None = None
    group: Source | None = None
    monitor: "Term | None" = None
    antecedent: "Term | None" = None
    preset: Any = None  # Preset | None: what the name of its loss sets


@dataclass
class Builder:
    """Makes the terms of a configuration: names and formulas first, then data."""

    config: Config
    space: Workspace
    threads: int | None
    names: dict[str, str] = field(default_factory=dict)  # of each term in order, and its kind
    formulas: dict[tuple[int, str], Formula] = field(default_factory=dict)
    mistakes: Mistakes = field(default_factory=Mistakes)

    def check(self) -> None:
        """Check names and formulas before any data is read.

        Raises
        ------
        UsageError
            With every mistake, each at its place.
        """
        config, space, mistakes = self.config, self.space, self.mistakes
        if not config.terms:
            refuse(config.place, "nothing to evaluate: give supervised, rules, constraints")
        for term in config.terms:
            with mistakes:
                self.names[self._name(term)] = term.kind
        self._check_references()
        arrays = arrays_of_metrics(config, space, mistakes)
        arrays += [name for term in config.terms for name in self._arrays_of(term)]
        written = any(term.where or getattr(term, "formula", None) for term in config.terms)
        grouped = any(getattr(term, "over", ROWS) != ROWS for term in config.terms)
        with mistakes:  # formulas are checked when it is known which columns there are
            space.peek(arrays, columns=written or grouped)
            for number, term in enumerate(config.terms):
                self._parse(number, term)
        mistakes.raise_any()

    def _check_references(self) -> None:
        """Note gates, schedules and initial values of components that do not exist."""
        normalize, gates, metrics = self.config.normalize, self.config.gates, self.config.metrics
        rules = [name for name, kind in self.names.items() if kind == "rule"]
        counted = [name for name, kind in self.names.items() if kind != "supervised"]
        for role, references, what, known in (
            ("schedule", self.config.schedule, "component", [*self.names, *TERM_KINDS]),
            ("normalize.initial", normalize.initial, "component", list(self.names)),
            ("gates.components", gates.components, "component", list(self.names)),
            ("gates.violation_rate", gates.violation_rate, "rule or constraint", counted),
            ("gates.satisfaction", gates.satisfaction, "rule", rules),
            ("gates.metrics", gates.metrics, "metric", [each.title for each in metrics]),
        ):
            for name in references:
                if name not in known:
                    hint = did_you_mean(name, known) or f"; there is {describe_names(known)}"
                    place = getattr(name, "place", self.config.place)
                    with self.mistakes:
                        refuse(place, f"{role}: no {what} {visible(repr(str(name)))}{hint}")
        missing = [name for name in self.names if name not in normalize.initial]
        if normalize.by == "initial" and missing:
            needed = f"normalize by initial values needs initial: {{{missing[0]}: …}}"
            with self.mistakes:
                refuse(
                    normalize.place,
                    f"{needed}, or a series of checkpoints, whose first gives them",
                )

    def _check_group(self, term: Rule) -> None:
        if self.space.variable(term.over) is None:
            known = self.space.known_columns()
            hint = did_you_mean(term.over, known) or f"; columns are {describe_names(known)}"
            refuse(term.over.place, f"over names no column {visible(repr(str(term.over)))}{hint}")
        self.space.want([str(term.over)])

    def _arrays_of(self, term: Supervised | Rule | Constraint) -> list[str]:
        """Return the data a term names; note what does not exist."""
        names = []
        for role in ("weights", "mask", "group", "values", "targets", "thresholds"):
            name = getattr(term, role, None)
            if isinstance(name, PlacedText) and not (
                role == "targets" and term.kind == "supervised"
            ):
                with self.mistakes:
                    names.append(self.space.require(name, name.place, role))
        if isinstance(term, Supervised):
            names += self.inputs(term).values()
        return names

    def declared(self, term: Supervised) -> Loss:
        """Return the loss of a term: of its variants the first that reads what is named."""
        loss = term.call()[0]
        named = {*term.inputs} | {n for n in ROLES if getattr(term, n) is not None}
        for variant in (loss, *loss.variants):
            inputs = {entry.name for entry in variant.inputs}
            needed = {entry.name for entry in variant.inputs if entry.required}
            if named <= inputs and needed <= named | set(self.space.names):
                return variant
        return loss

    def inputs(self, term: Supervised) -> dict[str, str]:
        """Return the data of each input of a supervised loss."""
        loss = self.declared(term)
        named: dict[str, PlacedText] = dict(term.inputs)
        declared = [entry.name for entry in loss.inputs]
        for role in ROLES:
            if (word := getattr(term, role)) is not None:
                if role in named:
                    with self.mistakes:
                        refuse(word.place, f"{role} is given twice: here and under inputs")
                named[PlacedText(role, word.place)] = word
        for name in named:
            if name not in declared:
                hint = did_you_mean(name, declared)
                takes = hint or f"; it takes {', '.join(declared)}"
                with self.mistakes:
                    problem = f"{loss.id} has no input {visible(repr(str(name)))}{takes}"
                    refuse(getattr(name, "place", term.place), problem)
        data_names = {}
        for entry in loss.inputs:
            word = named.get(entry.name, entry.name)
            place = getattr(word, "place", term.place)
            what = entry.name if entry.name in named else f"{loss.id} needs {entry.name}"
            if entry.name in named or entry.required:
                with self.mistakes:
                    data_names[entry.name] = self.space.require(word, place, what)
        return data_names

    def _parse(self, number: int, term: Supervised | Rule | Constraint) -> None:
        """Parse what a term says about columns; note each mistake."""
        if term.where is not None:
            with self.mistakes, errors_at(term.where.place):
                self._keep(number, "where", condition_formula(term.where, self.space))
        if not isinstance(term, Supervised) and term.formula is not None:
            with self.mistakes, errors_at(term.formula.place):
                if isinstance(term, Rule):
                    parsed = rule_formula(term.formula, *self.semantics(term), self.space)
                else:
                    parsed = constraint_formula(term.formula, term.tolerance, self.space)
                self._keep(number, "formula", parsed)
        if isinstance(term, Rule) and term.over != ROWS:
            with self.mistakes, errors_at(term.over.place):
                self._check_group(term)

    def _keep(self, number: int, role: str, formula: Formula) -> None:
        self.formulas[number, role] = formula
        self.space.want(formula.columns)

    def semantics(self, rule: Rule) -> tuple[str, str]:
        """Return the semantics and the implication of a rule."""
        semantics = str(rule.semantics or self.config.semantics)
        if rule.implication is not None:
            return semantics, str(rule.implication)
        if rule.semantics is None and self.config.implication is not None:
            return semantics, str(self.config.implication)
        return semantics, SEMANTICS[semantics].implication

    def terms(self) -> list[Term]:
        """Bind every term to the data, which is open by now."""
        terms: list[Term] = []
        for number, (name, entry) in enumerate(zip(self.names, self.config.terms, strict=True)):
            with errors_at(entry.place, name):
                terms.append(self._term(number, name, entry))
        return terms

    def _name(self, entry: Supervised | Rule | Constraint) -> str:
        if entry.name is not None:
            if entry.name in self.names:
                refuse(entry.name.place, f"two terms are named {visible(str(entry.name))}")
            return str(entry.name)
        if entry.title and entry.title not in self.names:
            return entry.title
        stem = entry.title or entry.kind
        return next(n for i in range(1, 10_000) if (n := f"{stem}_{i}") not in self.names)

    def _term(self, number: int, name: str, entry: Supervised | Rule | Constraint) -> Term:
        weights = self._weights(number, entry)
        if isinstance(entry, Supervised):
            return self._supervised(name, entry, weights)
        derived = self._derived(number, name, entry)
        values: Source = derived or self.space.array(str(entry.values))
        expected = entry.targets if isinstance(entry, Rule) else entry.thresholds
        sources: dict[str, Source] = {"predictions": values}
        arrays = {} if entry.values is None else {"predictions": str(entry.values)}
        if isinstance(expected, PlacedText):
            sources["targets"] = self.space.array(expected)
        elif expected != (1.0 if isinstance(entry, Rule) else 0.0):
            what = "targets" if isinstance(entry, Rule) else "thresholds"
            sources["targets"] = ConstantSource(expected, values.shape, values.dtype, what)
        even = weights is None and entry.nan != "omit"  # every item counts once
        term = Term(
            name=name,
            kind=entry.kind,
            loss=rule_loss(even=even)
            if isinstance(entry, Rule)
            else penalty_loss(entry.penalty, even=even),
            params={},
            sources=sources,
            arrays=arrays,
            weights=weights,
            options=Options(nan=entry.nan, threads=self.threads),
            weight=entry.weight * self.config.weights.of(entry.kind),
            place=entry.place,
        )
        if isinstance(entry, Rule):
            return self._rule(number, entry, term)
        declared = {param.name: getattr(entry, param.name) for param in term.loss.params}
        params = {name: value for name, value in declared.items() if value is not None}
        details = {"penalty": entry.penalty}
        if entry.formula is not None:
            details = {"formula": str(entry.formula), **details}
        return replace(term, params=params, details=details)

    def _supervised(self, name: str, entry: Supervised, weights: Source | None) -> Term:
        loss = self.declared(entry)
        arrays = self.inputs(entry)
        sources = {role: self.space.array(data) for role, data in arrays.items()}
        if entry.group is not None:
            sources[GROUP] = self.space.array(entry.group)
        _, params, preset = entry.call(loss)
        return Term(
            name=name,
            kind=entry.kind,
            loss=loss,
            params=params,
            sources=sources,
            arrays=arrays,
            weights=weights,
            options=Options(**{**entry.reading, "threads": self.threads}),
            weight=entry.weight * self.config.weights.supervised,
            place=entry.place,
            preset=preset,
        )

    def _rule(self, number: int, entry: Rule, term: Term) -> Term:
        temperature = entry.temperature or self.config.temperature
        details: dict[str, Any] = {"temperature": temperature}
        if entry.formula is not None:
            semantics, implication = self.semantics(entry)
            details |= {"formula": str(entry.formula), "semantics": semantics}
            details |= {"implication": implication} if "->" in entry.formula else {}
        term = replace(term, params={"temperature": temperature}, details=details)
        antecedent = self._antecedent(number, term)
        if entry.quantifier is None:
            return replace(term, antecedent=antecedent)
        loss_id, quantifier = QUANTIFIERS[entry.quantifier, entry.aggregator]
        loss = quantified_loss(loss_id)
        exponent = {"p": entry.p} if any(param.name == "p" for param in loss.params) else {}
        details |= {"quantifier": entry.quantifier, "aggregator": entry.aggregator}
        details |= {"over": str(entry.over), **exponent}
        group = None if entry.over == ROWS else self.space.column(str(entry.over))
        if group is not None and group.shape != term.sources["predictions"].shape:
            raise DataError(
                f"{entry.over} has {group.shape[0]} rows, the rule has the shape "
                f"{term.sources['predictions'].shape}"
            )
        return replace(
            term,
            loss=loss,
            params={**term.params, **exponent},
            details=details,
            quantifier=quantifier,
            group=group,
            monitor=term,
            antecedent=antecedent,
        )

    def _antecedent(self, number: int, term: Term) -> Term | None:
        """Return a term that counts how often the condition of a rule holds."""
        formula = self.formulas.get((number, "formula"))
        if formula is None or formula.antecedent is None:
            return None
        derived = term.sources["predictions"]
        inner = derived.base if isinstance(derived, CachedSource) else derived
        assert isinstance(inner, FormulaSource)  # noqa: S101 - rules with a formula are derived
        whole = CachedSource(replace(inner, tree=formula.antecedent))
        return replace(term, sources={"predictions": whole})

    def _derived(self, number: int, name: str, entry: Rule | Constraint) -> Source | None:
        formula = self.formulas.get((number, "formula"))
        return None if formula is None else self._source(formula, f"{entry.kind} {name}")

    def _source(self, formula: Formula, label: str) -> Source:
        """Return a formula as a source of rows."""
        columns = {name: self.space.column(name) for name in formula.columns}
        lengths = {name: source.shape[0] for name, source in columns.items()}
        first = next(iter(lengths))
        for name, length in lengths.items():
            if length != lengths[first]:
                raise DataError(
                    f"columns differ in length: {first} has {lengths[first]} rows, {name} has "
                    f"{length}; are they from the same data set?"
                )
        return CachedSource(
            FormulaSource(formula.text, formula.tree, columns, label, formula.truths)
        )

    def _weights(self, number: int, entry: Supervised | Rule | Constraint) -> Source | None:
        """Return item weights, mask and condition as one source of weights."""
        factors: list[Source] = []
        if entry.weights is not None:
            factors.append(self.space.array(entry.weights))
        if entry.mask is not None:
            factors.append(FlagWeights(self.space.array(entry.mask), "mask"))
        if (formula := self.formulas.get((number, "where"))) is not None:
            with errors_at(entry.where.place):  # type: ignore[union-attr]
                own = entry.reading.get("nan") if isinstance(entry, Supervised) else entry.nan
                omit = own == "omit"
                factors.append(FlagWeights(self._source(formula, "where"), formula.text, omit=omit))
        if len(factors) <= 1:
            return factors[0] if factors else None
        longest = max(factors, key=lambda factor: len(factor.shape))
        for factor in factors:
            if longest.shape[: len(factor.shape)] != factor.shape:
                raise DataError(
                    f"weights, mask and where have different shapes: {factor.label} {factor.shape} "
                    f"and {longest.label} {longest.shape}"
                )
        return WeightProduct(tuple(factors), longest.shape, factors[0].label)
