"use strict";
/* The questions of `lossctl recommend` on a page. The rules and every sentence are in LOSSCTL_TREE
   (wizard.py); answers stand in the address, so that Back, links and bookmarks work. */
(function () {
  var tree = window.LOSSCTL_TREE, UNKNOWN = tree.unknown;

  function holds(when, answers) {
    return Object.keys(when).every(function (name) {
      return when[name].indexOf(name in answers ? answers[name] : UNKNOWN) >= 0;
    });
  }

  function anyHolds(conditions, answers) {
    return conditions.some(function (when) { return holds(when, answers); });
  }

  function openQuestions(answers) {
    var branch = tree.branches[answers.task];
    if (!branch) return ["task"];
    return branch.asks.filter(function (name) {
      return !(name in answers) &&
        (!(name in branch.only_if) || anyHolds(branch.only_if[name], answers)) &&
        !anyHolds(branch.decided[name] || [], answers);
    });
  }

  function choices(name, answers) {
    var branch = tree.branches[answers.task], question = tree.questions[name];
    var names = name !== "task" && branch ? branch.allowed[name] : Object.keys(question.answers);
    return question.skippable ? names.concat(UNKNOWN) : names;
  }

  /* A number between 0 and 1 as Python writes it, or null. */
  function readNumber(text) {
    var trimmed = text.trim();
    if (!/^\+?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed)) return null;
    var value = Number(trimmed);
    if (!(value > 0 && value < 1)) return null;
    if (value >= 1e-4) return String(value);
    return value.toExponential().replace(/e-(\d)$/, "e-0$1");
  }

  function first(rules, answers) {
    var found = rules.find(function (rule) { return holds(rule.when, answers); });
    return found && found.leaf;
  }

  function leafOf(answers) {
    var branch = tree.branches[answers.task];
    return first(branch.evidence, answers) || first(branch.guide, answers);
  }

  function texts(numbers, answers) {
    return (numbers || []).map(function (at) {
      return tree.texts[at].replace(/\{(\w+)\}/g, function (whole, name) {
        if (!tree.questions[name] || !tree.questions[name].number) return whole;
        var said = answers[name];
        return said === undefined || said === UNKNOWN ? tree.questions[name].usual : said;
      });
    });
  }

  function command(answers) {
    var words = ["lossctl", "recommend"];
    Object.keys(tree.questions).forEach(function (name) {
      if (name in answers) words.push(tree.questions[name].option, answers[name]);
    });
    return words.join(" ");
  }

  /* What is recommended once nothing is open; wizard.py builds the same keys. */
  function recommend(answers) {
    var branch = tree.branches[answers.task], leaf = leafOf(answers);
    var guide = first(branch.guide, answers), said = tree.leaves[leaf], sections = {};
    var given = answers.model || UNKNOWN;
    var models = given === UNKNOWN ? branch.allowed.model || [] : [];
    var byModel = models.map(function (model) {
      return leafOf(Object.assign({}, answers, {model: model}));
    });
    var named = (answers.metric || UNKNOWN) === UNKNOWN ? "no metric" : "metric";
    var notes = [answers.task, named, given, leaf, guide].concat(byModel).join(" ");
    Object.keys(said.sections).forEach(function (label) { sections[label] = said.sections[label]; });
    sections.notes = tree.notes[notes];
    sections.together = tree.together[leaf + " " + answers.constraints];
    sections["train with"] = tree.training[leaf + " " + given];
    sections["guides say"] = tree.guides[leaf + " " + guide];
    var head = texts(said.head, answers);
    return {
      headline: head[0], evidence: head[1], because: head[2], page: said.page,
      sections: tree.order.map(function (label) {
        return [label, label === "again" ? [command(answers)] : texts(sections[label], answers)];
      }).filter(function (section) { return section[1].length; })
    };
  }

  function read(hash) {
    var answers = {};
    hash.replace(/^#/, "").split("&").forEach(function (part) {
      var at = part.indexOf("="), name = part.slice(0, at), value = part.slice(at + 1);
      if (at < 0 || !Object.prototype.hasOwnProperty.call(tree.questions, name)) return;
      if (name !== "task" && !(tree.branches[answers.task] || {allowed: {}}).allowed[name]) return;
      if (choices(name, answers).indexOf(value) < 0) {
        value = tree.questions[name].number ? readNumber(value) : null;
      }
      if (value !== null) answers[name] = value;
    });
    return answers;
  }

  function write(answers) {
    return Object.keys(answers).map(function (name) { return name + "=" + answers[name]; }).join("&");
  }

  function make(tag, text, attributes) {
    var element = document.createElement(tag);
    if (text) element.textContent = text;
    Object.keys(attributes || {}).forEach(function (name) {
      element.setAttribute(name, attributes[name]);
    });
    return element;
  }

  function button(text, act) {
    var element = make("button", text, {type: "button"});
    element.addEventListener("click", act);
    return element;
  }

  function go(answers) { window.location.hash = write(answers); }

  /* What was said, each a way back to its question. */
  function trail(answers) {
    var list = make("ol", "", {"class": "wizard-trail", "aria-label": "Your answers"});
    Object.keys(answers).forEach(function (name, at, names) {
      var item = make("li");
      var change = button(name.replace(/_/g, " ") + ": " + answers[name], function () {
        var kept = {};
        names.slice(0, at).forEach(function (each) { kept[each] = answers[each]; });
        go(kept);
      });
      change.setAttribute("title", "Change this answer");
      item.appendChild(change);
      list.appendChild(item);
    });
    return list;
  }

  function numberField(name, answers) {
    var form = make("form", "", {novalidate: ""});
    var label = make("label", "Another number between 0 and 1: ");
    var field = make("input", "", {inputmode: "decimal", autocomplete: "off"});
    var problem = make("p", "", {role: "alert"});
    label.appendChild(field);
    form.appendChild(label);
    form.appendChild(make("button", "Take it", {type: "submit"}));
    form.appendChild(problem);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var value = readNumber(field.value), next = {};
      if (value === null) {
        problem.textContent = "Please give a number between 0 and 1.";
        field.focus();
        return;
      }
      next[name] = value;
      go(Object.assign({}, answers, next));
    });
    return form;
  }

  function ask(name, answers) {
    var question = tree.questions[name], part = document.createDocumentFragment();
    var number = Object.keys(answers).length + 1;
    var left = answers.task ? openQuestions(answers).length : 4;
    var place = number + " of " + (number - 1 + left);
    part.appendChild(make("p", "Question " + place + (answers.task ? "" : ", about"), {"class": "wizard-place"}));
    part.appendChild(make("h2", question.ask, {tabindex: "-1", id: "wizard-head"}));
    part.appendChild(make("p", question.why));
    var list = make("ul", "", {"class": "wizard-answers"});
    choices(name, answers).forEach(function (value) {
      var item = make("li"), next = {};
      next[name] = value;
      var meaning = question.answers[value] || tree.unsure;
      var usual = value === question.usual ? " (usual)" : "";
      var choose = button("", function () { go(Object.assign({}, answers, next)); });
      choose.appendChild(make("b", value));
      choose.appendChild(make("span", meaning + usual));
      item.appendChild(choose);
      list.appendChild(item);
    });
    part.appendChild(list);
    if (question.number) part.appendChild(numberField(name, answers));
    return part;
  }

  function show(found) {
    var part = document.createDocumentFragment();
    var head = make("h2", "", {tabindex: "-1", id: "wizard-head"});
    head.appendChild(make("a", found.headline, {href: "../losses/" + found.page + ".html"}));
    part.appendChild(head);
    part.appendChild(make("p", found.because));
    part.appendChild(make("p", "Evidence: " + found.evidence));
    var list = make("dl");
    found.sections.forEach(function (section) {
      list.appendChild(make("dt", section[0]));
      section[1].forEach(function (text) {
        var line = make("dd"), isCommand = section[0] === "again" || section[0] === "compute";
        if (isCommand) line.appendChild(make("pre", text, {tabindex: "0"}));
        else line.textContent = text;
        list.appendChild(line);
      });
    });
    part.appendChild(list);
    return part;
  }

  function draw(root, moved) {
    var answers = read(window.location.hash), open = openQuestions(answers);
    root.textContent = "";
    if (Object.keys(answers).length) root.appendChild(trail(answers));
    root.appendChild(open.length ? ask(open[0], answers) : show(recommend(answers)));
    if (Object.keys(answers).length) {
      root.appendChild(button("Start again", function () { go({}); }));
    }
    if (moved) document.getElementById("wizard-head").focus();
  }

  window.LOSSCTL_WIZARD = {
    openQuestions: openQuestions, choices: choices, recommend: recommend, readNumber: readNumber
  };
  document.addEventListener("DOMContentLoaded", function () {
    var root = document.getElementById("wizard");
    if (!root) return;
    draw(root, false);
    window.addEventListener("hashchange", function () { draw(root, true); });
  });
})();
