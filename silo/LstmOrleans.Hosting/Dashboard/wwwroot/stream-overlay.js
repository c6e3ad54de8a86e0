// What the application in the server's process knows of a stream: values, forecast, anomalies, labels, on one plot.
import { get } from '/api.js';
import { lineChart } from '/charts.js';
import { el } from '/shell.js';
import { drawn } from '/stream-steps.js';

const most = 20_000;
const seenFirst = 600;

export function mountOverlay(key) {
  const picture = el('div');
  const stretches = el('ul', { class: 'stretches' });
  const labels = el('details', { class: 'small', hidden: true }, el('summary', {}, 'Labelled stretches as a list'), stretches);
  const host = el('section', { class: 'card', id: 'picture-overlay', hidden: true }, picture, labels);
  let chart = null;
  let shape = '';
  let last = 0;
  let x = [];
  let lines = [];
  let marks = new Map();
  let isNew = true;
  let listed = -1;

  async function look(signal) {
    const answer = await get(`/api/streams/overlay?${new URLSearchParams({ key, since: last })}`, { signal });
    if (!answer) return;
    host.hidden = false;
    const names = answer.series.map((line) => line.name);
    // The application was started anew and stands before what is drawn: so does the picture.
    if (answer.last < last || names.join('\n') !== shape) begin(names);
    const count = answer.series[0]?.values.length ?? 0;
    if (count > 0) {
      if (answer.first !== last + 1) { x = []; lines = names.map(() => []); }
      for (let index = 0; index < count; index++) x.push(answer.first + index);
      answer.series.forEach((line, index) => { for (const value of line.values) lines[index].push(drawn(value)); });
      for (const mark of answer.marks) marks.set(mark.position, mark.text);
      last = answer.first + count - 1;
      const extra = x.length - most;
      if (extra > 0) { x = x.slice(extra); lines = lines.map((line) => line.slice(extra)); }
      draw(answer.windows);
      if (isNew && last === answer.last) { isNew = false; chart.showLast(seenFirst); }
    }
    // A piece of a longer story: the next one at once.
    if (last < answer.last && count > 0) await look(signal);
  }

  function begin(names) {
    shape = names.join('\n');
    last = 0;
    x = [];
    lines = names.map(() => []);
    marks = new Map();
    isNew = true;
    chart?.dispose();
    chart = lineChart(picture, {
      title: 'Values, forecast and anomalies', time: false, zoom: true, height: 'tall', xName: 'Position',
      xFormat: (position) => Math.round(position).toLocaleString(),
      series: [...names.map((name, index) => ({ name, dashed: index > 0, colour: `--c${(index % 6) + 1}` })), { name: 'anomaly', points: true, symbol: 'diamond', size: 11, colour: '--bad' }],
    });
  }

  function draw(windows) {
    const first = x[0];
    chart.set(x, [...lines, x.map((position, index) => (marks.has(position) ? lines[0][index] : null))]);
    const seen = windows.filter((window) => window.last >= first && window.first <= last);
    chart.setMarks(seen.map((window) => ({ from: Math.max(window.first, first), to: Math.min(window.last, last), name: window.text })));
    if (listed !== seen.length) {
      listed = seen.length;
      labels.hidden = listed === 0;
      stretches.replaceChildren(...seen.map((window) => el('li', {}, `${window.text}: ${window.first.toLocaleString()} to ${window.last.toLocaleString()}`)));
    }
    const found = [...marks.keys()].filter((position) => position >= first).length;
    chart.legend.textContent = `${found} ${found === 1 ? 'anomaly' : 'anomalies'} found${seen.length > 0 ? `, ${seen.length} labelled ${seen.length === 1 ? 'stretch' : 'stretches'} shaded` : ''}`;
  }

  return { host, look };
}
