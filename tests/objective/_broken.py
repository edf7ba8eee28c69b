"""Broken configurations: each with its exit code, its place and what is said."""

from dataclasses import dataclass

HEAD = "version: 1\ndata: {predictions: preds.npy, targets: targets.npy, t: table.csv}\n"
SUPERVISED = "supervised: {loss: mse}\n"
BASE = HEAD + SUPERVISED


@dataclass(frozen=True)
class Broken:
    """A text, the exit code it gets, and parts of the one message."""

    name: str
    text: str
    code: int
    said: tuple[str, ...]


def rule(formula: str, more: str = "") -> str:
    """A configuration with one rule."""
    return f'{BASE}rules: [{{formula: "{formula}"{more}}}]\n'


def constraint(formula: str, more: str = "") -> str:
    """A configuration with one constraint."""
    return f'{BASE}constraints: [{{formula: "{formula}"{more}}}]\n'


def case(name: str, text: str, code: int, *said: str) -> Broken:
    """Write a case in one line."""
    return Broken(name, text, code, said)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

BROKEN = [
    # the shape of the file
    case("empty", "", 2, "c.yaml:1:1", "empty"),
    case("only a comment", "# nothing\n", 2, "c.yaml:1:1", "empty"),
    case("a text", "hello\n", 2, "c.yaml:1:1", "a mapping of keys"),
    case("a list", "- 1\n- 2\n", 2, "c.yaml:1:1", "a mapping of keys"),
    case("no version", "data: {a: preds.npy}\n", 2, "c.yaml:1:1", "needs the key version"),
    case("no data", "version: 1\n", 2, "c.yaml:1:1", "needs the key data"),
    case("no terms", HEAD, 2, "c.yaml:1:1", "nothing to evaluate"),
    case(
        "another version", BASE.replace("1", "2", 1), 2, "c.yaml:1:10", "version must be 1, got 2"
    ),
    case("bad indentation", "version: 1\n  data: {}\n", 2, "c.yaml:2:", "not valid YAML"),
    case("an open bracket", "version: [1\n", 2, "c.yaml:2:1", "not valid YAML"),
    case("a tab", "version: 1\n\tdata: {}\n", 2, "c.yaml:2:1", "not valid YAML"),
    case("a control character", "version: 1\x07\n", 2, "c.yaml:1:11", "U+0007"),
    case("two colons", "version: 1: 2\n", 2, "c.yaml:1:11", "not valid YAML"),
    # what YAML could do and this does not
    case("alias bomb", BOMB, 2, "c.yaml:1:4", "anchors (&a) are not read"),
    case("alias", "version: *v\n", 2, "c.yaml:1:10", "aliases (*v)"),
    case("anchor", "version: &v 1\n", 2, "c.yaml:1:10", "anchors (&v)"),
    case("merge key", BASE + "weights: {<<: {rule: 1}}\n", 2, "c.yaml:4:11", "merge keys"),
    case("python tag", "version: !!python/object/apply:os.system [ls]\n", 2, ":1:10", "tags"),
    case("plain tag", "version: !!int 1\n", 2, "c.yaml:1:10", "tags"),
    case("duplicate key", BASE + "supervised: {loss: mae}\n", 2, ":4:1", "given twice", "line 3"),
    case("duplicate inside", "version: 1\ndata: {a: x, a: y}\n", 2, ":2:14", "a is given twice"),
    case("a mapping as key", "version: 1\n{a: b}: c\n", 2, "c.yaml:2:1", "plain name"),
    case("a boolean as key", "version: 1\ntrue: c\n", 2, "c.yaml:2:1", "plain name, got true"),
    case("deep", "version: " + "[" * 200 + "]" * 200, 2, ":1:41", "more than 32 levels deep"),
    case("many", "version: [" + "1," * 30_000 + "]\n", 2, "c.yaml:1:", "more than 20000"),
    case("large", "# " + "x" * (1 << 20) + "\n", 2, "over 1048576 bytes"),
    # keys that nothing reads
    case("margin of quadratic", constraint("age <= 1", ", margin: 1"), 2, "is for penalty: hinge"),
    case(
        "sharpness of hinge",
        constraint("age <= 1", ", penalty: hinge, sharpness: 2"),
        2,
        ":4:53",
        "sharpness is for penalty: log_barrier, not for hinge",
    ),
    case(
        "margin of barrier",
        constraint("age <= 1", ", penalty: log_barrier, margin: 1"),
        2,
        ":4:59",
        "margin is for penalty: hinge, not for log_barrier",
    ),
    case(
        "tolerance of values",
        BASE + "constraints: [{values: targets, tolerance: 1}]\n",
        2,
        ":4:33",
        "tolerance is for a formula",
    ),
    case(
        "semantics of values",
        BASE + "rules: [{values: targets, semantics: godel}]\n",
        2,
        ":4:27",
        "semantics is for a formula",
    ),
    case(
        "label of mse",
        HEAD + "supervised: {loss: mse, reading: {ignore_index: 0}}\n",
        2,
        ":3:35",
        "ignore_index: mse takes none; it is only for losses with labels",
    ),
    # keys and types
    case("unknown key", BASE + "wieghts: {rule: 1}\n", 2, ":4:1", "did you mean weights?"),
    case("unknown inner key", BASE + "weights: {rules: 1}\n", 2, ":4:11", "did you mean rule?"),
    case("S0's spelling", BASE + "supervised_weight: 1.0\n", 2, ":4:1", "unknown key"),
    case("text for a number", BASE + "weights: {rule: high}\n", 2, ":4:17", "must be a number"),
    case("no is text", BASE + "temperature: no\n", 2, ":4:14", "the text 'no'"),
    case("a list for a number", BASE + "temperature: [1]\n", 2, ":4:14", "got a list"),
    case("negative weight", BASE + "weights: {rule: -1}\n", 2, ":4:17", "[0, inf), got -1"),
    case("zero temperature", BASE + "temperature: 0\n", 2, ":4:14", "(0, inf), got 0"),
    case("infinite weight", BASE + "weights: {rule: .inf}\n", 2, ":4:17", "not a finite number"),
    case("nan weight", BASE + "weights: {rule: .nan}\n", 2, ":4:17", "not a finite number"),
    case("huge number", BASE + "weights: {rule: 1e999}\n", 2, ":4:17", "beyond the range"),
    case("long number", BASE + f"temperature: {'9' * 5000}\n", 2, ":4:14", "5000 characters"),
    case("rules as a mapping", BASE + "rules: {a: b}\n", 2, ":4:8", "must be a list"),
    case("empty rules", BASE + "rules: []\n", 2, ":4:8", "empty list"),
    case("a rule as text", BASE + "rules: [abc]\n", 2, ":4:9", "must be a mapping"),
    case("a rule of nothing", BASE + "rules: [{name: a}]\n", 2, ":4:9", "values or formula"),
    case("a rule of both", BASE + "rules: [{values: t, formula: x}]\n", 2, ":4:21", "not both"),
    case("semantics", BASE + "semantics: goedel\n", 2, ":4:12", "did you mean godel?"),
    case("an empty name", BASE + "name: ''\n", 2, ":4:7", "must be a name"),
    # losses
    case("unknown loss", HEAD + "supervised: {loss: msee}\n", 2, ":3:20", "did you mean mse?"),
    case("no loss", HEAD + "supervised: {weight: 1}\n", 2, ":3:13", "needs the key loss"),
    case(
        "unknown parameter",
        HEAD + "supervised: {loss: huber, params: {detla: 1}}\n",
        2,
        ":3:36",
        "did you mean delta?",
    ),
    case(
        "parameter out of range",
        HEAD + "supervised: {loss: huber, params: {delta: 0}}\n",
        2,
        ":3:36",
        "(0, inf), got 0",
    ),
    case(
        "unknown input",
        HEAD + "supervised: {loss: mse, inputs: {prediction: targets}}\n",
        2,
        ":3:34",
        "did you mean predictions?",
    ),
    case(
        "option of another loss",
        HEAD + "supervised: {loss: mse, reading: {input: logits}}\n",
        2,
        ":3:35",
        "mse takes none",
    ),
    # data
    case("unknown data", BASE + "rules: [{values: truths}]\n", 2, ":4:18", "no data 'truths'"),
    case(
        "missing file", BASE.replace("preds.npy", "pred.npy"), 2, ":2:21", "pred.npy", "preds.npy"
    ),
    case("not npy", BASE.replace("preds.npy", "text.npy"), 3, ":2:21", "not an npy file"),
    case("truncated", BASE.replace("preds.npy", "short.npy"), 3, ":2:21", "truncated"),
    case("pickle", BASE.replace("preds.npy", "pickle.npy"), 3, ":2:21", "pickled"),
    case("lengths", BASE.replace("preds.npy", "long.npy"), 3, ":3:13", "(12,)", "(10,)"),
    case("NaN", BASE.replace("preds.npy", "nan.npy"), 3, ":3:13", "NaN", "item 3"),
    case("no such column", BASE.replace("preds.npy", "table.csv::aa"), 2, ":2:21", "'aa'"),
    case(
        "several columns",
        BASE.replace("preds.npy", "table.csv"),
        2,
        ":2:21",
        "several columns",
    ),
    case(
        "rows outside",
        "version: 1\ndata: {predictions: {file: preds.npy, rows: '5:50'}, targets: targets.npy}\n"
        + SUPERVISED,
        2,
        ":2:45",
        "within the 10 rows",
    ),
    # expressions
    case("unknown column", rule("smokr -> risk"), 2, ":4:19", "did you mean smoker?"),
    case("a number as truth", rule("age + 1 -> risk"), 2, ":4:19", "compare it"),
    case("ages as truths", rule("age -> risk"), 3, "age", "[0, 1]", "data row 1"),
    case("attributes", rule("smoker.__class__ -> risk"), 2, ":4:19", "no attributes"),
    case("import", rule("__import__('os')"), 2, ":4:19", "unknown name"),
    case("subscript", rule("smoker[0]"), 2, ":4:19", "is not allowed"),
    case("lambda", rule("lambda: 1"), 2, ":4:19", "is not allowed"),
    case("brackets", rule("(" * 500 + "smoker" + ")" * 500), 2, ":4:19", "nested more than 64"),
    case("long", rule("smoker & " * 1000 + "risk"), 2, ":4:19", "at most 4096"),
    case("powers", constraint("age^9^9 <= 1"), 2, ":4:25", "exponents must lie"),
    case("huge power", constraint("age * 9**9**9 <= 1"), 2, ":4:25", "not a finite number"),
    case("no column", rule("1 -> 0"), 2, ":4:19", "this formula uses no column"),
    case("no comparison", constraint("age + 1"), 2, ":4:25", "compares two numbers"),
    case("a chain", constraint("0 <= age <= 1"), 2, ":4:25", "comparisons cannot be chained"),
    case("unequal", constraint("age != 1"), 2, ":4:25", "!= has no penalty"),
    case("half a formula", rule("smoker ->"), 2, ":4:19", "got the end"),
    case("an arrow in a constraint", constraint("age -> 1"), 2, ":4:25", "got '->'"),
    case("no glob", constraint("sum(q_*) == 1"), 2, ":4:25", "no column is called 'q_*'"),
    case(
        "columns of two lengths",
        constraint("predictions <= age_long_0").replace(
            "t: table.csv", "t: table.csv, age_long: wide.npy"
        ),
        3,
        ":4:15",
        "differ in length",
    ),
    case("wide", constraint("w <= 1").replace("t: table", "w: wide.npy, t: table"), 2, "2 columns"),
    case("where", BASE + "rules: [{formula: risk, where: agee > 3}]\n", 2, ":4:32", "age?"),
    case("over", rule("risk", ", quantifier: forall, over: hospitl"), 2, "did you mean hospital?"),
    case("p without quantifier", rule("risk", ", p: 3"), 2, ":4:9", "need quantifier"),
    # what hangs together
    case("two of one name", BASE + "rules: [{name: mse, formula: risk}]\n", 2, ":4:16", "mse"),
    case("gate", BASE + "gates: {components: {msee: 1}}\n", 2, ":4:22", "did you mean mse?"),
    case(
        "metric gate",
        BASE + "metrics: r2\ngates: {metrics: {r3: 1}}\n",
        2,
        ":5:19",
        "no metric 'r3'",
    ),
    case("metric", BASE + "metrics: [r2, pearsn]\n", 2, ":4:15", "did you mean pearson?"),
    case(
        "metric data",
        BASE + "metrics: {metric: r2, targets: nope}\n",
        2,
        ":4:32",
        "there is no data 'nope'",
    ),
    case("schedule alone", BASE + "schedule: {rule: linear}\n", 2, ":4:18", "no file under data"),
    case("initial", BASE + "normalize: initial\n", 2, ":4:12", "needs initial"),
    case("no checkpoints", BASE.replace("preds.npy", "'no/*.npy'"), 2, ":2:21", "no file matches"),
    case("extends itself", "extends: c.yaml\n" + BASE, 2, ":1:10", "circular"),
    case("extends in a ring", "extends: ring.yaml\n" + BASE, 2, "ring.yaml:1:10", "circular"),
    case("extends nothing", "extends: gone.yaml\n" + BASE, 2, "c.yaml:1:10", "gone.yaml"),
    case("extends too deep", "extends: deep0.yaml\n" + BASE, 2, "deep7.yaml:1:10", "deep"),
    case("unknown recipe", HEAD + "recipe: logicl\n", 2, ":3:9", "did you mean logical?"),
    case(
        "recipe without its data",
        "version: 1\nrecipe: vae\ndata: {targets: targets.npy}\n",
        2,
        ":3:1",
        "needs data.reconstruction",
    ),
    case(
        "parameter of a recipe",
        HEAD + "recipe: logical\nparams: {rule_wieght: 2}\n",
        2,
        ":4:10",
        "did you mean rule_weight?",
    ),
    case(
        "range of a recipe",
        HEAD + "recipe: logical\nparams: {temperature: -1}\n",
        2,
        ":4:23",
        "(0, inf), got -1",
    ),
    case("params without recipe", BASE + "params: {a: 1}\n", 2, ":4:1", "name it: recipe"),
]
