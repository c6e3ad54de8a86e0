// The overview: state, figures, charts, silos and models, all from one stream of events.
import { connectLive } from '/live.js';
import { duration, flops, lineChart, short, timeOfDay } from '/charts.js';
import { el, setLive } from '/shell.js';
import { mountStreams } from '/streams.js';

const byId = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

const statusTones = { active: 'ok', joining: 'warn', stopping: 'warn', stopped: '', silent: 'bad', lost: 'bad' };

// --- charts -----------------------------------------------------------------------------------------------------------

const rate = (value) => `${short(value)}/s`;
const charts = {
  events: lineChart(byId('chart-events'), { title: 'Events per second', heading: 'h3', format: short, min: 0,
    series: [{ name: 'in', colour: '--c2', dashed: true }, { name: 'out', colour: '--c1', area: true }] }),
  latency: lineChart(byId('chart-latency'), { title: 'Time of a step call', heading: 'h3', format: duration, min: 0,
    series: [{ name: 'p50', colour: '--c1' }, { name: 'p95', colour: '--c4' }, { name: 'p99', colour: '--c2' }] }),
  lag: lineChart(byId('chart-lag'), { title: 'Durable lag', heading: 'h3', format: duration, min: 0,
    series: [{ name: 'age of the oldest event that is not durable', colour: '--c4', area: true }] }),
  refused: lineChart(byId('chart-refused'), { title: 'Calls that applied nothing, per second', heading: 'h3', format: rate, min: 0,
    series: [{ name: 'duplicates', colour: '--c1' }, { name: 'gaps', colour: '--c3' }, { name: 'overloads', colour: '--c2' }, { name: 'store failed', colour: '--c5' }] }),
};
const columnsOf = {
  events: ['in', 'out'],
  latency: ['p50', 'p95', 'p99'],
  lag: ['lag'],
  refused: ['duplicates', 'gaps', 'overloads', 'failures'],
};
const allColumns = [...Object.values(columnsOf).flat()];

// Points by their second: what comes again replaces what was there. The whole history comes now and then, so that an open page does not grow.
let points = new Map();

function addPoints(view) {
  view.t.forEach((second, index) => {
    points.set(second, Object.fromEntries(allColumns.map((name) => [name, view[name][index]])));
  });
  const newest = Math.max(...points.keys());
  for (const second of points.keys()) {
    if (second < newest - 3600) points.delete(second);
  }
}

function drawCharts() {
  const seconds = [...points.keys()].sort((a, b) => a - b);
  if (seconds.length === 0) return;
  const range = Number(document.querySelector('#range input:checked').value);
  const shown = seconds.filter((second) => second >= seconds.at(-1) - range);
  const x = shown.map((second) => second * 1000);
  for (const [name, chart] of Object.entries(charts)) {
    chart.set(x, columnsOf[name].map((column) => shown.map((second) => points.get(second)[column])));
  }
}

byId('range').addEventListener('change', drawCharts);

// --- figures ----------------------------------------------------------------------------------------------------------

// Values that change each second are not announced; the state's title is.
const tiles = {
  in: tile('Events in'), out: tile('Events out'), p50: tile('Step p50'), p95: tile('Step p95'), p99: tile('Step p99'), lag: tile('Durable lag'),
  queue: tile('Calls under way'), duplicates: tile('Duplicates'), gaps: tile('Gaps'), overloads: tile('Overload answers'), store: tile('Store failures'), flops: tile('Compute'),
};
byId('tiles').append(...Object.values(tiles).map((one) => one.element));

function tile(name) {
  const value = el('dd', { class: 'value' }, '–');
  const note = el('dd', { class: 'note' }, '\u00a0');
  const element = el('div', { class: 'tile' }, el('dt', {}, name), value, note);
  return {
    element,
    set(text, unit, more = '\u00a0', tone = '') {
      value.replaceChildren(text, el('small', {}, unit ? ` ${unit}` : ''));
      note.textContent = more;
      element.dataset.tone = tone;
    },
  };
}

function showNow(now) {
  tiles.in.set(short(now.eventsIn), '/s', 'came in');
  tiles.out.set(short(now.eventsOut), '/s', 'applied and told');
  tiles.p50.set(duration(now.p50), '', now.p50 === null ? 'no calls' : 'of all silos');
  tiles.p95.set(duration(now.p95), '', '95 of 100 calls');
  tiles.p99.set(duration(now.p99), '', '99 of 100 calls');
  tiles.lag.set(whole.format(now.lagPositions), now.lagPositions === 1 ? 'position' : 'positions', `${whole.format(now.lagSeconds * 1000)} ms`, now.lagSeconds > 30 ? 'warn' : '');
  tiles.queue.set(whole.format(now.queue), '', `${whole.format(now.streamsAwake)} streams awake`);
  tiles.duplicates.set(whole.format(now.hour.duplicates), '', 'in the last hour');
  tiles.gaps.set(whole.format(now.hour.gaps), '', 'in the last hour');
  tiles.overloads.set(whole.format(now.hour.overloads), '', 'in the last hour', now.hour.overloads > 0 ? 'warn' : '');
  const failed = now.hour.failures + now.hour.storageErrors;
  tiles.store.set(whole.format(failed), '', 'in the last hour', failed > 0 ? 'warn' : '');
  tiles.flops.set(...flops(now.gflops), 'steps and batches');
}

function showState(state) {
  byId('state').dataset.tone = state.tone;
  // Written only when it is another one, so that a screen reader is not told the same each second.
  if (byId('state-title').textContent !== state.title) byId('state-title').textContent = state.title;
  byId('state-reason').textContent = state.reason;
  document.title = `${state.title} · LstmOrleans`;
}

// --- tables -----------------------------------------------------------------------------------------------------------

const gib = (bytes) => `${short(bytes / 2 ** 30)} GiB`;

function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

function meter(share, text, label) {
  return el('div', { class: 'meter', 'data-tone': share > 0.9 ? 'warn' : '' }, el('progress', { value: share, max: 1, 'aria-label': label }), el('span', {}, text));
}

function siloName(silo) {
  return el('th', { scope: 'row' }, el('span', { class: 'mono' }, silo.address), el('span', { class: 'sub' }, silo.machine + (silo.isThis ? ' · serves this page' : '')));
}

function siloRow(silo) {
  // What it said before it fell silent is not now.
  if (['silent', 'lost', 'stopped'].includes(silo.status)) {
    return el('tr', {},
      siloName(silo),
      el('td', { colspan: byId('silos').tHead.rows[0].cells.length - 1 }, el('span', { class: 'badge', 'data-tone': statusTones[silo.status] }, silo.status), ' ', silo.note));
  }
  return el('tr', {},
    siloName(silo),
    el('td', {}, el('span', { class: 'badge', 'data-tone': statusTones[silo.status] }, silo.status),
      silo.isSlow ? el('span', { class: 'sub slow' }, 'slower than the others') : null),
    el('td', { class: 'num' }, short(silo.eventsOut)),
    el('td', { class: 'num' }, duration(silo.p50)),
    el('td', { class: `num${silo.isSlow ? ' slow' : ''}` }, duration(silo.p99)),
    el('td', { class: 'num' }, whole.format(silo.streams)),
    el('td', {}, meter(silo.cpu, `${Math.round(silo.cpu * 100)} % of ${silo.processors}`, 'CPU')),
    el('td', {}, meter(silo.memoryLimit > 0 ? Math.min(1, silo.memory / silo.memoryLimit) : 0, `${short(silo.memory / 2 ** 30)} of ${gib(silo.memoryLimit)}`, 'Memory')),
    el('td', { class: 'num' }, flops(silo.gflops).join(' ')),
    el('td', { class: 'num' }, `${silo.computeBusy} of ${silo.computeLimit}`),
    el('td', {}, silo.version || '–', el('span', { class: 'sub' }, `up ${span(silo.upSeconds)}`)));
}

function modelRow(model) {
  return el('tr', {},
    el('th', { scope: 'row' }, model.names.length > 0 ? el('bdi', {}, model.names.join(', ')) : el('span', { class: 'muted' }, model.hash === 'other' ? 'further models' : 'no name here')),
    el('td', {}, el('code', { title: model.hash }, model.hash.slice(0, 12))),
    el('td', { class: 'num' }, model.streams === null ? '–' : whole.format(model.streams)),
    el('td', { class: 'num' }, short(model.stepRate)),
    el('td', { class: 'num' }, flops(model.gflops).join(' ')));
}

function fill(table, rows, empty) {
  const body = byId(table).tBodies[0];
  body.replaceChildren(...(rows.length > 0 ? rows : [el('tr', {}, el('td', { class: 'muted', colspan: byId(table).tHead.rows[0].cells.length }, empty))]));
}

function show(view) {
  showState(view.state);
  showNow(view.now);
  fill('silos', view.silos.map(siloRow), 'None answers yet.');
  fill('models', view.models.map(modelRow), 'None yet. Import one: lstm model import FILE --name NAME');
  const active = view.silos.filter((silo) => silo.status === 'active').length;
  byId('silos-note').textContent = `${active} of ${view.silos.length} answering · ${timeOfDay(view.time)}`;
  byId('models-note').textContent = view.closed === null || view.closed === 0 ? '' : `${whole.format(view.closed)} closed streams are remembered`;
  addPoints(view.points);
  drawCharts();
}

connectLive('/api/live', {
  events: ['history', 'overview'],
  onState(state) {
    setLive(state);
    if (state !== 'lost') return;
    showState({ tone: 'bad', title: 'No connection', reason: 'This page does not reach the process that served it. What is below is old; it is tried again.' });
  },
  onMessage(message, name) {
    if (name === 'overview') {
      show(message);
      return;
    }
    points = new Map();
    addPoints(message);
    drawCharts();
  },
});

mountStreams(byId('streams'));
