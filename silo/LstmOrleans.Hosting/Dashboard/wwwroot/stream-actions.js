// Reset, fork, export: by the rules of the stream itself, with the life and the position that a person has seen.
import { clearError, send, showError } from '/api.js';
import { el, keyText, streamHref } from '/shell.js';

const randomId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  bytes[0] |= 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

export function mountActions(key, say) {
  const bar = document.getElementById('actions');
  const buttons = Object.fromEntries(['fork', 'export', 'reset'].map((name) => [name, document.getElementById(name)]));
  let now = null;
  buttons.fork.addEventListener('click', fork);
  buttons.export.addEventListener('click', save);
  buttons.reset.addEventListener('click', reset);

  /** Learns where the stream stands. */
  function standsAt(answer) {
    now = answer.status === 'Ok' ? answer : null;
    bar.hidden = now === null;
    const barred = document.body.dataset.access === 'Read';
    for (const button of Object.values(buttons)) {
      button.disabled = barred;
      button.title = barred ? 'Needs the admin key.' : '';
    }
  }

  function fork() {
    const target = el('input', { id: 'target', type: 'text', required: true, maxlength: 1024, autocomplete: 'off', spellcheck: 'false' });
    const id = randomId();
    ask({
      title: 'Fork the stream',
      text: 'The new stream has the same state, bit for bit, and the same position; from then on the two are independent.',
      more: el('div', {}, el('label', { for: 'target' }, 'Key of the new stream'), target),
      confirm: 'Fork',
      act: async (expected) => {
        const made = await send('POST', '/api/streams/fork', { ...expected, target: target.value, newIncarnation: id });
        say('Forked at position ', String(made.position), ': ', el('a', { href: streamHref(made.key) }, keyText(made.key)));
      },
    });
  }

  function save() {
    ask({
      title: 'Export the stream',
      text: 'A small file with the stream’s durable state. lstm stream import makes a stream of it, here or elsewhere.',
      confirm: 'Export',
      act: async (expected) => {
        const response = await send('POST', '/api/streams/export', expected);
        const link = el('a', { href: URL.createObjectURL(await response.blob()), download: `${key.replace(/[^\w.-]+/g, '_').slice(0, 80)}.lststream` });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
        say('Exported.');
      },
    });
  }

  function reset() {
    const id = randomId();
    ask({
      title: 'Reset the stream?',
      text: 'It begins anew at position 0 with h = c = 0, under a new incarnation; producers of the old one are refused. This cannot be taken back: export it first if its state may be wanted.',
      confirm: 'Reset',
      danger: true,
      exact: true,
      act: async (expected) => {
        await send('POST', '/api/streams/reset', { ...expected, newIncarnation: id });
        say('Reset: the stream begins anew at position 0.');
      },
    });
  }

  function ask({ title, text, more, confirm, danger, exact, act }) {
    const seen = { incarnation: now.incarnation, position: now.position };
    const box = el('div', { hidden: true });
    const atSeen = el('input', { type: 'radio', name: 'at', value: 'seen', id: 'at-seen' });
    const anywhere = el('input', { type: 'radio', name: 'at', value: 'anywhere', id: 'at-any' });
    (exact ? atSeen : anywhere).checked = true;
    const place = el('span', {}, seen.position.toLocaleString());
    const go = el('button', { type: 'submit', class: danger ? 'danger' : 'primary' }, confirm);
    const form = el('form', {},
      el('h2', { id: 'dialog-title' }, title), el('p', {}, keyText(key)), el('p', {}, text), more ?? null,
      el('fieldset', {}, el('legend', {}, 'At which position'),
        el('div', {}, atSeen, ' ', el('label', { for: 'at-seen' }, 'only if it still stands at ', place)),
        el('div', {}, anywhere, ' ', el('label', { for: 'at-any' }, 'wherever it stands now'))),
      box,
      el('div', { class: 'row end' }, el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'), go));
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      go.disabled = true;
      clearError(box);
      try {
        await act({ key, incarnation: seen.incarnation, ...(atSeen.checked ? { position: seen.position } : {}) });
        dialog.close();
      } catch (reason) {
        showError(box, reason);
        // It went on, or is another one by now: who confirms again has seen where it stands.
        if (now) Object.assign(seen, { incarnation: now.incarnation, position: now.position });
        place.textContent = seen.position.toLocaleString();
      }
      go.disabled = false;
    });
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  return { standsAt };
}
