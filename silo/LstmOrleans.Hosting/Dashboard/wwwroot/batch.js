// A file through a model: drawn, and as a file again. A download computes once more: the same bits.
import { clearError, get, send, showError } from '/api.js';
import { lineChart, short } from '/charts.js';
import { el, keyText } from '/shell.js';

const byId = (id) => document.getElementById(id);
const form = byId('batch-form');
const drop = byId('drop');
const picker = byId('file');
const model = byId('model');
const results = byId('results');
const error = byId('error');
const state = byId('state');
let offer = { mostBytes: 0, models: [] };
let file = null;
let charts = [];

picker.addEventListener('change', () => choose(picker.files[0] ?? null));
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.dataset.over = ''; });
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => { delete drop.dataset.over; });
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files[0] ?? null);
});
model.addEventListener('change', tell);
form.addEventListener('submit', (event) => { event.preventDefault(); run(); });
begin();

async function begin() {
  try {
    offer = await get('/api/batch/models');
    const usable = offer.models.filter((one) => !one.problem);
    model.replaceChildren(...usable.map((one) => el('option', { value: one.name }, `${one.name} · ${one.shape}`)));
    if (usable.length === 0) showError(error, new Error('This silo has no model that can be loaded. Import one: lstm model import FILE --name NAME.'));
    tell();
  } catch (reason) {
    showError(error, reason);
  }
}

function chosenModel() {
  return offer.models.find((one) => one.name === model.value);
}

function tell() {
  const one = chosenModel();
  byId('takes').replaceChildren(...(one ? [
    `Takes ${one.inputSize} ${one.inputSize === 1 ? 'feature' : 'features'}`,
    ...(one.featureNames.length > 0 ? [' (', keyText(one.featureNames.slice(0, 12).join(', ')), one.featureNames.length > 12 ? ', …)' : ')'] : []),
    `; a .npy array of shape (T, ${one.inputSize}) or (B, T, ${one.inputSize}), float32 or float64. Answers ${one.answerSize}.`,
    one.bidirectional ? ' Both directions: each answer has seen the whole sequence.' : '',
    ` Files up to ${Math.round(offer.mostBytes / 2 ** 20)} MB.`,
  ] : []));
}

function choose(next) {
  file = next;
  clearError(error);
  byId('chosen').replaceChildren(...(file ? [keyText(file.name), ` · ${short(file.size)} bytes`] : []));
  if (file && file.size > offer.mostBytes && offer.mostBytes > 0) {
    showError(error, new Error(`${file.name} has ${file.size} bytes; at most ${offer.mostBytes} are run here. Give parts of it, or run it with lstm forward.`));
    file = null;
  }
}

function address(result) {
  const query = new URLSearchParams({ model: model.value, file: file.name, output: byId('answer').value === 'output', result });
  for (const name of ['columns', 'sequence']) {
    const value = byId(name).value.trim();
    if (value) query.set(name, value);
  }
  return `/api/batch?${query}`;
}

async function run() {
  clearError(error);
  if (!file) {
    showError(error, new Error('No file is chosen. Choose a CSV or a .npy file, or drop one.'));
    return;
  }
  byId('run').disabled = true;
  state.textContent = 'Running';
  try {
    // The addresses of the downloads are those of this run, whatever is chosen meanwhile.
    const [drawing, csv, npy] = ['drawing', 'csv', 'npy'].map(address);
    const sent = file;
    show(await send('POST', drawing, sent), sent, { csv, npy });
    state.textContent = 'Done';
  } catch (reason) {
    clear();
    state.textContent = '';
    showError(error, reason);
  }
  byId('run').disabled = false;
}

function clear() {
  for (const chart of charts) chart.dispose();
  charts = [];
  results.replaceChildren();
}

function show(answer, sent, downloads) {
  clear();
  const one = offer.models.find((candidate) => candidate.hash === answer.model);
  const base = sent.name.replace(/\.(csv|npy)$/i, '').replace(/[^\w.-]+/g, '_').slice(0, 80) || 'batch';
  const save = (kind) => el('button', { type: 'button', id: `save-${kind}`, onclick: () => download(downloads[kind], sent, `${base}.answers.${kind}`) }, `Download .${kind}`);
  const pick = el('select', { id: 'drawn' }, ...answer.drawings.map((drawing, index) => el('option', { value: index }, `${drawing.name === '' ? 'the sequence' : drawing.name} (${drawing.length} steps)`)));
  const outputs = el('section', { class: 'card', id: 'picture-outputs' });
  const inputs = el('section', { class: 'card', id: 'picture-inputs' });
  results.append(
    el('section', { class: 'card', 'aria-labelledby': 'result-title' },
      el('div', { class: 'card-head' }, el('h2', { id: 'result-title' }, keyText(sent.name)),
        el('div', { class: 'row' }, save('csv'), save('npy'))),
      el('p', {}, `${answer.sequences.toLocaleString()} ${answer.sequences === 1 ? 'sequence' : 'sequences'}, ${answer.steps.toLocaleString()} steps, ${answer.answerSize} ${answer.answerSize === 1 ? 'answer' : 'answers'} each. Model `,
        el('code', { title: answer.model }, answer.model.slice(0, 12)), '.'),
      answer.drawings.length > 1
        ? el('div', { class: 'short-field' }, el('label', { for: 'drawn' }, answer.sequences > answer.drawings.length ? `Drawn (the first ${answer.drawings.length} can be)` : 'Drawn'), pick)
        : null),
    outputs, inputs);
  pick.addEventListener('change', draw);
  draw();

  function draw() {
    for (const chart of charts) chart.dispose();
    const drawing = answer.drawings[Number(pick.value || 0)];
    const every = drawing.every > 1 ? `one step of ${drawing.every} is drawn` : '';
    charts = [
      lines(outputs, 'Answers', drawing.answers, (index) => `y${index}`, drawing, more(answer.answerSize, drawing.answers.length, every)),
      lines(inputs, 'Inputs', drawing.inputs, (index) => one?.featureNames[index] ?? `x${index}`, drawing, more(answer.inputSize, drawing.inputs.length, every)),
    ];
  }
}

const more = (size, shown, every) => [size > shown ? `the first ${shown} of ${size}` : '', every].filter(Boolean).join(', ');

function lines(host, title, values, name, drawing, legend) {
  const chart = lineChart(host, { title, time: false, zoom: true, height: 'tall', xName: 'Step', xFormat: (step) => Math.round(step).toLocaleString(), series: values.map((_, index) => ({ name: name(index) })) });
  chart.set(drawing.steps, values);
  chart.legend.textContent = legend;
  return chart;
}

async function download(path, sent, name) {
  clearError(error);
  try {
    const response = await send('POST', path, sent);
    const link = el('a', { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (reason) {
    showError(error, reason);
  }
}
