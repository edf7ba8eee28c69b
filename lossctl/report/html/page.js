"use strict";
document.querySelectorAll("table").forEach(function (table) {
  var body = table.tBodies[0], heads = table.tHead.rows[0].cells;
  if (body.rows.length < 3) return;
  Array.prototype.forEach.call(heads, function (head, at) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") !== "ascending";
      Array.prototype.forEach.call(heads, function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      var rows = Array.prototype.slice.call(body.rows);
      rows.sort(function (a, b) {
        var x = a.cells[at].textContent.trim(), y = b.cells[at].textContent.trim();
        var p = parseFloat(x.replace("\u2212", "-")), q = parseFloat(y.replace("\u2212", "-"));
        var order = isNaN(p) || isNaN(q) ? x.localeCompare(y) : p - q;
        return up ? order : -order;
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
});
