(function () {
  var box = document.getElementById("filter"), shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("#list tbody tr"));
  if (!box) return;
  box.parentElement.hidden = false;
  box.addEventListener("input", function () {
    var wanted = box.value.toLowerCase(), n = 0;
    rows.forEach(function (row) {
      row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
      if (!row.hidden) n += 1;
    });
    shown.textContent = n + " / " + rows.length;
  });
})();
