// The list of streams: searched by the beginning of the key, page by page, by the server.
import { clearError, get, showError } from '/api.js';
import { el, keyText, streamHref } from '/shell.js';

const pageSize = 50;
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });
const tones = { Ok: 'ok', Closed: '', Damaged: 'bad' };

export function mountStreams(host) {
  const error = el('div', { hidden: true });
  const input = el('input', { id: 'prefix', type: 'search', autocomplete: 'off', spellcheck: 'false', placeholder: 'all streams' });
  const body = el('tbody');
  const found = el('p', { class: 'muted small', role: 'status' });
  const back = el('button', { type: 'button' }, 'First page');
  const next = el('button', { type: 'button' }, 'Next page');
  const table = el('table', {},
    el('thead', {}, el('tr', {},
      el('th', { scope: 'col' }, 'Stream'), el('th', { scope: 'col', class: 'num' }, 'Durable position'), el('th', { scope: 'col' }, 'Status'),
      el('th', { scope: 'col' }, 'Mode'), el('th', { scope: 'col' }, 'Last event'), el('th', { scope: 'col' }, 'Model'))),
    body);
  host.replaceChildren(
    el('form', { class: 'row', role: 'search', onsubmit: (event) => { event.preventDefault(); load(null); } },
      el('div', { class: 'grow' }, el('label', { for: 'prefix' }, 'Key begins with'), input),
      el('button', { type: 'submit', class: 'primary' }, 'Search')),
    error,
    found,
    el('div', { class: 'table-wrap', tabindex: 0, role: 'region', 'aria-labelledby': 'streams-title' }, table),
    el('div', { class: 'row pager' }, back, next));

  let last = null;
  let running = null;
  let timer = 0;
  input.addEventListener('input', () => {
    // Pages of the list before are not pages of the one to come.
    back.disabled = next.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(() => load(null), 250);
  });
  back.addEventListener('click', () => load(null));
  next.addEventListener('click', () => load(last));

  async function load(after) {
    clearTimeout(timer);
    running?.abort();
    running = new AbortController();
    const query = new URLSearchParams({ prefix: input.value, limit: pageSize });
    if (after !== null) query.set('after', after);
    try {
      const page = await get(`/api/streams?${query}`, { signal: running.signal });
      clearError(error);
      body.replaceChildren(...page.streams.map(row));
      last = page.streams.at(-1)?.key ?? null;
      back.disabled = after === null;
      next.disabled = !page.more;
      found.textContent = page.streams.length === 0
        ? (input.value ? 'No stream’s key begins so.' : 'No streams yet. Send one: lstm ingest --stream KEY --model NAME --input FILE.csv')
        : `${page.streams.length} ${page.streams.length === 1 ? 'stream' : 'streams'}${after === null ? '' : ' on this page'}${page.more ? ', more behind' : ''}`;
    } catch (reason) {
      if (reason.name === 'AbortError') return;
      body.replaceChildren();
      found.textContent = '';
      back.disabled = next.disabled = true;
      showError(error, reason);
    }
  }

  load(null);
}

function row(stream) {
  return el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: streamHref(stream.key) }, keyText(stream.key))),
    el('td', { class: 'num' }, stream.position.toLocaleString()),
    el('td', {}, el('span', { class: 'badge', 'data-tone': tones[stream.status] }, stream.status === 'Ok' ? 'open' : stream.status.toLowerCase())),
    el('td', {}, stream.mode.toLowerCase()),
    el('td', {}, stream.lastEventTime > 0 ? dates.format(stream.lastEventTime) : '–'),
    el('td', {}, el('code', { title: stream.model }, stream.model.slice(0, 12))));
}
