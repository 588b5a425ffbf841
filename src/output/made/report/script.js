(function () {
  'use strict';
  var words = document.documentElement.dataset;
  // Filter: every word typed has to stand somewhere in the row.
  document.querySelectorAll('table[data-filter]').forEach(function (table) {
    var box = document.createElement('input');
    box.type = 'search';
    box.className = 'filter';
    box.placeholder = words.wordFilter;
    box.setAttribute('aria-label', words.wordFilter);
    var place = table.closest('.wide') || table;
    place.parentNode.insertBefore(box, place);
    box.addEventListener('input', function () {
      var wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !wanted.every(function (w) { return text.indexOf(w) >= 0; });
      });
    });
  });
  // Sort: by the number in data-v, else by the text.
  document.querySelectorAll('table[data-sort] th').forEach(function (th) {
    var button = document.createElement('button');
    button.type = 'button';
    while (th.firstChild) { button.appendChild(th.firstChild); }
    th.appendChild(button);
    button.addEventListener('click', function () {
      var down = th.getAttribute('aria-sort') === 'ascending';
      var table = th.closest('table');
      table.querySelectorAll('th').forEach(function (o) { o.removeAttribute('aria-sort'); });
      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      var at = th.cellIndex;
      var body = table.tBodies[0];
      var key = function (row) {
        var cell = row.cells[at];
        return cell.dataset.v === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.v);
      };
      Array.prototype.slice.call(body.rows).sort(function (a, b) {
        var x = key(a), y = key(b);
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
  // Copy: the text of the element itself.
  document.querySelectorAll('[data-copy]').forEach(function (from) {
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = words.wordCopy;
    from.insertAdjacentElement('afterend', button);
    button.addEventListener('click', function () {
      var text = from.textContent;
      var done = function () {
        button.textContent = words.wordCopied;
        setTimeout(function () { button.textContent = words.wordCopy; }, 1500);
      };
      var old = function () {
        var area = document.createElement('textarea');
        area.value = text;
        document.body.appendChild(area);
        area.select();
        document.execCommand('copy');
        area.remove();
        done();
      };
      if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, old); } else { old(); }
    });
  });
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details').forEach(function (d) { d.open = true; });
  });
}());
