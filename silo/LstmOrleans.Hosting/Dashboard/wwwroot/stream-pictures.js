// Inputs, outputs, h, c and gates of the last steps.
import { heatMap, lineChart, short } from '/charts.js';
import { el } from '/shell.js';
import { drawn } from '/stream-steps.js';

const unitsShown = 256;
const linesShown = 6;
const percent = (value) => (value === null || value === undefined ? '–' : `${Math.round(value)} %`);
const exact = (value) => String(value);

/** onChange is called when another layer, or other units, are chosen. */
export function mountPictures(steps, onChange) {
  const layer = el('select', { id: 'layer' });
  const unit = el('select', { id: 'unit' });
  const layerBox = el('div', {}, el('label', { for: 'layer' }, 'Layer'), layer);
  const unitBox = el('div', {}, el('label', { for: 'unit' }, 'Units'), unit);
  const choice = el('div', { class: 'row choice' }, layerBox, unitBox);
  const provisional = el('p', { class: 'muted small', id: 'provisional', hidden: true });
  const waiting = el('p', { class: 'muted small', id: 'waiting', hidden: true }, 'No step has come since the recording began: only the state is known so far.');
  const hosts = Object.fromEntries(['inputs', 'answers', 'h', 'c', 'gates'].map((name) => [name, el('section', { class: 'card', id: `picture-${name}` })]));
  for (const name of ['inputs', 'answers', 'h', 'c']) hosts[name].classList.add('half');
  const host = el('div', { class: 'grid' }, hosts.inputs, hosts.answers,
    el('section', { class: 'card', 'aria-labelledby': 'inside' }, el('div', { class: 'card-head' }, el('h2', { id: 'inside' }, 'Inside the LSTM'), choice),
      el('p', { class: 'muted small' }, 'Recorded from when somebody looks, the last 200 steps at most. The last column is the stream’s state: what ',
        el('code', {}, 'lstm stream show KEY --state'), ' prints.'), provisional, waiting),
    hosts.h, hosts.c, hosts.gates);
  layer.addEventListener('change', onChange);
  unit.addEventListener('change', onChange);

  const where = (position) => `position ${Math.round(position).toLocaleString()}`;
  const lines = { time: false, xFormat: (position) => Math.round(position).toLocaleString(), xName: 'Position' };
  const h = heatMap(hosts.h, { title: 'h, the hidden state', xName: 'position', yName: 'unit', format: exact, height: 'tall' });
  const c = heatMap(hosts.c, { title: 'c, the cell state', xName: 'position', yName: 'unit', format: exact, height: 'tall' });
  const gates = lineChart(hosts.gates, {
    ...lines, title: 'Saturated gates', min: 0, max: 100, interval: 25, format: percent,
    series: [{ name: 'i, input', colour: '--c1' }, { name: 'f, forget', colour: '--c2' }, { name: 'o, output', colour: '--c3' }],
  });
  gates.legend.textContent = 'share of units below 0.05 or above 0.95';
  let inputs = null;
  let answers = null;
  let model = '';

  // Once the model is known: how many lines, and what they are called.
  function build(answer) {
    if (model === answer.model) return;
    model = answer.model;
    inputs?.dispose();
    answers?.dispose();
    const inputNames = names(answer.inputSize, (index) => answer.featureNames[index] ?? `x${index}`);
    const answerNames = names(answer.answerSize, (index) => `y${index}`);
    inputs = lineChart(hosts.inputs, { ...lines, title: 'Inputs', series: inputNames.map((name) => ({ name })) });
    answers = lineChart(hosts.answers, { ...lines, title: 'Outputs', series: answerNames.map((name) => ({ name })) });
    inputs.legend.textContent = more(answer.inputSize);
    answers.legend.textContent = more(answer.answerSize);
    fill(layer, answer.layers, 1, (index) => `${index}${index === answer.layers - 1 ? ' (top)' : ''}`);
    fill(unit, answer.hiddenSize, unitsShown, (first) => `${first} to ${Math.min(first + unitsShown, answer.hiddenSize) - 1}`);
    layerBox.hidden = answer.layers === 1;
    unitBox.hidden = answer.hiddenSize <= unitsShown;
  }

  function draw(answer) {
    build(answer);
    const all = steps.steps;
    const x = all.map((step) => step.position);
    const column = (part, index) => all.map((step) => drawn(step[part][index]));
    inputs.set(x, names(answer.inputSize, (index) => column('input', index)));
    answers.set(x, names(answer.answerSize, (index) => column('answer', index)));
    gates.set(x, [0, 1, 2].map((gate) => column('saturated', gate).map((share) => (share === null ? null : share * 100))));
    const labels = all.map((step) => `${step.position}${step.position > steps.durable ? '*' : ''}`);
    map(h, 'h', labels);
    map(c, 'c', labels);
    waiting.hidden = all.some((step) => Number.isFinite(step.saturated[0]));
    const first = all.find((step) => step.position > steps.durable);
    provisional.hidden = !first;
    if (first) provisional.textContent = `* From ${where(first.position)} on the state is provisional: not on disk yet, and computed again if this silo is lost.`;
  }

  // Colours end where 95 of 100 values do: one unit that ran far away would leave no colour for the others.
  function map(picture, part, labels) {
    const all = steps.steps;
    const sizes = all.flatMap((step) => step[part]).filter(Number.isFinite).map(Math.abs).sort((one, other) => one - other);
    const largest = sizes.at(-1) ?? 1;
    const high = roundUp(Math.max(sizes[Math.floor(sizes.length * .95)] ?? 1, 1e-6));
    picture.legend.textContent = largest > high ? `colours end at ±${high}; the largest value is ${short(largest)}` : '';
    picture.set({ x: labels, rows: all.at(-1)?.[part].length ?? 0, values: (index, row) => all[index][part][row], min: -high, max: high, first: Number(unit.value || 0) });
  }

  return { host, draw, get layer() { return Number(layer.value || 0); }, get unit() { return Number(unit.value || 0); } };
}

const names = (size, name) => Array.from({ length: Math.min(size, linesShown) }, (_, index) => name(index));

const more = (size) => (size > linesShown ? `the first ${linesShown} of ${short(size)}` : '');

// A scale that does not change with every step: 1, 2 or 5 times a power of ten.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((limit) => value <= limit * 1.0000001) ?? value;
}

function fill(select, count, step, text) {
  select.replaceChildren();
  for (let first = 0; first < count; first += step) select.append(el('option', { value: first }, text(first)));
}
