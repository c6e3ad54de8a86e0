// One stream: where it stands, and what happens inside it. A look a second; the server keeps steps only while somebody looks.
import { ApiError, clearError, get, showError } from '/api.js';
import { short } from '/charts.js';
import { el, keyText, setLive, streamHref } from '/shell.js';
import { mountActions } from '/stream-actions.js';
import { mountOverlay } from '/stream-overlay.js';
import { mountPictures } from '/stream-pictures.js';
import { StepLog } from '/stream-steps.js';

const period = 1000;
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const tones = { Ok: 'ok', NotOpen: 'warn', Closed: '' };

const content = document.getElementById('content');
const error = document.getElementById('error');
const note = document.getElementById('note');
const key = new URLSearchParams(location.search).get('key');

if (key) watch(key);
else ask();

function ask() {
  const input = el('input', { id: 'key', name: 'key', type: 'text', required: true, autocomplete: 'off', spellcheck: 'false' });
  content.replaceChildren(el('section', { class: 'card' },
    el('form', { class: 'row', onsubmit: (event) => { event.preventDefault(); location.assign(streamHref(input.value)); } },
      el('div', { class: 'grow' }, el('label', { for: 'key' }, 'Key of a stream'), input),
      el('button', { type: 'submit', class: 'primary' }, 'Watch')),
    el('p', { class: 'muted small' }, 'All streams are listed, and can be searched, on the ', el('a', { href: '/' }, 'overview'), '.')));
}

function watch(name) {
  document.title = `${name.slice(0, 60)} · LstmOrleans`;
  document.getElementById('title').replaceChildren('Stream ', keyText(name));
  const tiles = mountTiles();
  const steps = new StepLog();
  const pictures = mountPictures(steps, () => { steps.again(); look(); });
  const overlay = mountOverlay(name);
  const actions = mountActions(name, say);
  content.replaceChildren(tiles.host, overlay.host, pictures.host);

  let timer = 0;
  let running = null;
  let last = null;

  async function look() {
    clearTimeout(timer);
    running?.abort();
    if (document.hidden) return;
    const mine = running = new AbortController();
    try {
      const query = new URLSearchParams({ key: name, watch: steps.watch, since: steps.since, layer: pictures.layer, unit: pictures.unit });
      const answer = await get(`/api/streams/watch?${query}`, { signal: mine.signal });
      clearError(error);
      setLive('live');
      take(answer);
      await overlay.look(mine.signal);
    } catch (reason) {
      if (reason.name === 'AbortError') return;
      setLive('lost');
      showError(error, reason);
    }
    if (running === mine) timer = setTimeout(look, period);
  }

  function take(answer) {
    actions.standsAt(answer);
    tiles.show(answer);
    if (answer.status !== 'Ok') {
      if (answer.detail) showError(error, new ApiError(answer.detail, 0));
      return;
    }
    const before = last;
    last = answer;
    const changed = steps.take(answer);
    if (before && before.incarnation !== answer.incarnation) say('The stream began another life (reset, reopened or imported); what was drawn before is gone.');
    else if (before && before.silo !== answer.silo) say(`The stream has moved to ${answer.silo}; the recording began anew.`);
    else if (before && before.watch !== answer.watch) say('The recording began anew: nobody had looked for a while, or the stream was activated again.');
    if (changed) pictures.draw(answer);
  }

  function say(text, ...more) {
    note.replaceChildren(text, ...more);
    note.hidden = false;
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) { clearTimeout(timer); setLive('paused'); } else look();
  });
  look();
}

// 'S127.0.0.1:11111:154863907': an address, and which start of the process there.
function siloName(silo) {
  const parts = /^S(.*):(\d+)$/.exec(silo);
  return parts ? [parts[1], `start ${parts[2]}`] : [silo, ''];
}

function mountTiles() {
  const cells = {};
  const tile = (id, title) => {
    cells[id] = { box: null, value: el('dd', { class: 'value', id: `tile-${id}` }, '–'), note: el('dd', { class: 'note' }) };
    cells[id].box = el('div', { class: 'tile' }, el('dt', {}, title), cells[id].value, cells[id].note);
    return cells[id].box;
  };
  const host = el('dl', { class: 'tiles' },
    tile('position', 'Position'), tile('durable', 'Durable position'), tile('status', 'Status'),
    tile('model', 'Model'), tile('session', 'Session'), tile('silo', 'Silo'));
  const set = (id, value, text, tone) => {
    cells[id].value.replaceChildren(value);
    cells[id].note.textContent = text;
    if (tone) cells[id].box.dataset.tone = tone; else delete cells[id].box.dataset.tone;
  };
  let names = null;
  return {
    host,
    show(answer) {
      if (answer.modelNames) names = answer.modelNames;
      const known = answer.status === 'Ok' || answer.status === 'Closed';
      const behind = answer.position - answer.durablePosition;
      set('status', el('span', { class: 'badge', 'data-tone': tones[answer.status] ?? 'bad' }, answer.status === 'Ok' ? 'open' : answer.status), known ? `incarnation ${answer.incarnation}` : '');
      if (!known) return;
      set('position', answer.position.toLocaleString(), answer.lastEventTime > 0 ? `last event ${dates.format(answer.lastEventTime)}` : '');
      set('durable', answer.durablePosition.toLocaleString(), behind === 0 ? 'all of it is on disk' : `${short(behind)} behind, provisional`, behind > 0 ? 'warn' : '');
      if (answer.status !== 'Ok') return;
      set('model', el('span', { class: 'words' }, names?.length ? names.join(', ') : 'without a name'), `${answer.model.slice(0, 12)} · ${answer.layers} × ${answer.hiddenSize} units, ${answer.mode.toLowerCase()}`);
      cells.model.box.title = answer.model;
      set('session', answer.sessionIsOpen ? 'open' : 'none', answer.session ? `${answer.sessionIsOpen ? '' : 'last '}${answer.session}` : `confirmed to ${answer.confirmed.toLocaleString()}`);
      set('silo', el('span', { class: 'words' }, siloName(answer.silo)[0]), siloName(answer.silo)[1]);
    },
  };
}
