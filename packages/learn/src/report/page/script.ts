/**
 * The report's only script: reads a chart at the pointer, or at the arrow keys. Without it everything can be read in the
 * tables. Written for browsers; what it shows is set as text, never as markup.
 */
export const script = `
'use strict';
for (const chart of document.querySelectorAll('.chart[data-points]')) {
  const { names, rows } = JSON.parse(chart.dataset.points);
  if (rows.length === 0) continue;
  const readOut = chart.parentElement.querySelector('.read-out');
  const idle = readOut.textContent;
  let index = 0;
  chart.tabIndex = 0;
  chart.setAttribute('role', 'slider');
  chart.setAttribute('aria-label', 'Read the timeline');
  chart.setAttribute('aria-valuemin', '0');
  chart.setAttribute('aria-valuemax', String(rows.length - 1));
  const show = (next) => {
    index = Math.max(0, Math.min(rows.length - 1, next));
    const [share, ...words] = rows[index];
    const text = words.map((word, at) => (names[at] ? names[at] + ' ' + word : word)).join('  \\u00b7  ');
    readOut.textContent = text;
    chart.setAttribute('aria-valuenow', String(index));
    chart.setAttribute('aria-valuetext', text);
    chart.classList.add('reading');
    for (const picture of chart.querySelectorAll('svg')) {
      const { left, right } = picture.dataset;
      const x = Number(left) + share * (Number(right) - Number(left));
      picture.querySelector('.crosshair').setAttribute('transform', 'translate(' + x + ' 0)');
    }
  };
  const hide = () => {
    chart.classList.remove('reading');
    readOut.textContent = idle;
  };
  chart.setAttribute('aria-valuenow', '0');
  chart.setAttribute('aria-valuetext', idle);
  chart.addEventListener('pointermove', (event) => {
    for (const picture of chart.querySelectorAll('svg')) {
      const box = picture.getBoundingClientRect();
      if (box.width === 0) continue;
      const { left, right, width } = picture.dataset;
      const x = ((event.clientX - box.left) / box.width) * Number(width);
      const share = (x - Number(left)) / (Number(right) - Number(left));
      let nearest = 0;
      rows.forEach((row, at) => {
        if (Math.abs(row[0] - share) < Math.abs(rows[nearest][0] - share)) nearest = at;
      });
      show(nearest);
    }
  });
  chart.addEventListener('pointerleave', hide);
  chart.addEventListener('focus', () => { if (chart.matches(':focus-visible')) show(index); });
  chart.addEventListener('blur', hide);
  chart.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(index + step);
  });
}
`;
