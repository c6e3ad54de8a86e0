// What every page has around it: navigation, live state, theme, who is signed in.
import { get, send } from '/api.js';

const pages = [
  { name: 'overview', href: '/', text: 'Overview' },
  { name: 'stream', href: '/stream', text: 'Stream' },
  { name: 'batch', href: '/batch', text: 'Batch' },
  { name: 'orleans', href: '/orleans/', text: 'Orleans' },
];

const themes = ['auto', 'light', 'dark'];

/** Makes an element: attributes by name, children as text or elements. Text is never read as HTML. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'class') element.className = value;
    else if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The address of a stream's page. */
export const streamHref = (key) => `/stream?key=${encodeURIComponent(key)}`;

/** A stream's key as text that cannot turn the line around it (right-to-left marks) nor break it (length). */
export function keyText(key) {
  return el('bdi', { class: 'key', title: key.length > 60 ? key : null }, key);
}

let liveBox = null;

const liveTexts = { connecting: 'connecting', live: 'live', lost: 'connection lost', paused: 'paused' };

/** Shows the state of the page's live connection in the header: 'connecting', 'live', 'lost', 'paused'. */
export function setLive(state) {
  if (!liveBox) return;
  liveBox.hidden = false;
  liveBox.dataset.state = state;
  liveBox.querySelector('span').textContent = liveTexts[state] ?? state;
}

function themeNow() {
  return document.documentElement.dataset.theme ?? 'auto';
}

function themeButton() {
  const button = el('button', { type: 'button', class: 'quiet theme' });
  const say = () => { button.textContent = `Theme: ${themeNow()}`; };
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(themeNow()) + 1) % themes.length];
    if (next === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try { localStorage.setItem('lstm-theme', next); } catch { /* Not kept then. */ }
    say();
    themeChanged();
  });
  say();
  return button;
}

function themeChanged() {
  document.dispatchEvent(new CustomEvent('themechange'));
}

async function addSession(box) {
  try {
    const session = await get('/api/session');
    document.body.dataset.access = session.access;
    if (!session.keyed) return;
    box.append(el('button', {
      type: 'button', class: 'quiet',
      onclick: async () => { await send('DELETE', '/api/session'); location.assign('/'); },
    }, `Sign out (${session.access === 'Admin' ? 'admin' : 'read'})`));
  } catch { /* The page's own calls tell what is wrong. */ }
}

function mount() {
  const header = document.getElementById('shell');
  const current = document.body.dataset.page;
  liveBox = el('span', { class: 'live', role: 'status', hidden: true }, el('span'));
  const tools = el('div', { class: 'tools' }, liveBox, themeButton());
  header.append(
    el('a', { class: 'brand', href: '/' }, el('img', { src: '/favicon.svg', alt: '', width: 24, height: 24 }), 'LstmOrleans'),
    el('nav', { 'aria-label': 'Pages' }, el('ul', {}, ...pages.map((page) => el('li', {},
      el('a', { href: page.href, 'aria-current': page.name === current ? 'page' : null }, page.text))))),
    tools);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', themeChanged);
  addSession(tools);
}

mount();
