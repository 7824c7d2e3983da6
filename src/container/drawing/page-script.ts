/**
 * The script of the page, as text: it runs in a browser. It lights up what a token needs and what needs it, searches,
 * zooms and tells the details of a token. Without it the page shows the same picture and tables.
 */
export const pageScript = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const svg = document.getElementById('graph');
const tokens = new Map(data.tokens.map((token) => [token.id, token]));
const cards = new Map(data.tokens.map(({ id }) => [id, document.getElementById(id)]));
const links = [...svg.querySelectorAll('[data-from]')];
const needs = new Map(data.tokens.map((token) => [token.id, [...token.dependencies, ...token.lazyDependencies]]));
const users = new Map(data.tokens.map(({ id }) => [id, []]));
for (const [id, many] of needs) for (const other of many) users.get(other).push(id);
let pinned;

function reach(start, next) {
  const found = new Set([start]);
  for (const id of found) for (const other of next.get(id)) found.add(other);
  return found;
}

function light(id) {
  svg.classList.toggle('focus', id !== undefined);
  for (const element of [...cards.values(), ...links]) element.classList.remove('lit', 'needs', 'users', 'self');
  if (id === undefined) return;
  const below = reach(id, needs);
  const above = reach(id, users);
  for (const [other, card] of cards) {
    if (below.has(other) || above.has(other)) card.classList.add('lit');
    if (other === id) card.classList.add('self');
    else if (below.has(other)) card.classList.add('needs');
    else if (above.has(other)) card.classList.add('users');
  }
  for (const link of links) {
    const { from, to } = link.dataset;
    if (below.has(from) && below.has(to)) link.classList.add('lit', 'needs');
    else if (above.has(from) && above.has(to)) link.classList.add('lit', 'users');
  }
}

function make(name, text, ...children) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

function jump(id) {
  const button = make('button', tokens.get(id).name);
  button.className = 'link';
  button.addEventListener('click', () => show(id));
  return button;
}

function list(ids) {
  return make('ul', undefined, ...ids.map((id) => make('li', undefined, jump(id))));
}

function pin(id) {
  pinned = id;
  light(id);
  const section = document.getElementById('details');
  section.hidden = id === undefined;
  if (id === undefined) return;
  const token = tokens.get(id);
  const rows = [
    ['Scope', token.scope],
    ['Made by', cards.get(id).dataset.kind + (token.provider === '' ? '' : ', provider ' + token.provider)],
    ['Also', token.aliases.join(', ')],
    ['At start', token.eager === 'if-used' ? 'if something eager needs it' : ''],
    ['Kept', token.cached ? '' : 'no, a new one for each who asks'],
    ['Began at', token.startedAtMs === undefined ? '' : token.startedAtMs.toFixed(1) + ' ms'],
    ['Took', token.durationMs === undefined ? '' : token.durationMs.toFixed(1) + ' ms'],
    ['Needs', token.dependencies],
    ['Holds lazily', token.lazyDependencies],
    ['Needed by', users.get(id)],
    ['Problems', token.problems.join(' ')],
  ];
  const terms = rows.filter(([, value]) => value.length > 0);
  section.replaceChildren(
    make('h2', token.name),
    make('dl', undefined, ...terms.flatMap(([term, value]) => [
      make('dt', term),
      typeof value === 'string' ? make('dd', value) : make('dd', undefined, list(value)),
    ])),
  );
}

function show(id) {
  pin(id);
  cards.get(id).scrollIntoView({ block: 'center', inline: 'center' });
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  const found = data.tokens.filter(({ name, aliases, provider }) =>
    [name, provider, ...aliases].some((each) => each.toLowerCase().includes(wanted)));
  const ids = new Set(wanted === '' ? [] : found.map(({ id }) => id));
  svg.classList.toggle('search', wanted !== '');
  for (const [id, card] of cards) card.classList.toggle('found', ids.has(id));
  for (const row of document.querySelectorAll('tr[data-id]')) {
    row.classList.toggle('dim', wanted !== '' && !ids.has(row.dataset.id));
  }
  return [...ids];
}

const width = svg.width.baseVal.value;
const height = svg.height.baseVal.value;
let scale = 1;
function zoom(to) {
  scale = Math.min(3, Math.max(0.2, to));
  svg.setAttribute('width', width * scale);
  svg.setAttribute('height', height * scale);
}

for (const [id, card] of cards) {
  card.addEventListener('pointerenter', () => { if (pinned === undefined) light(id); });
  card.addEventListener('pointerleave', () => { if (pinned === undefined) light(undefined); });
  card.addEventListener('focus', () => { if (pinned === undefined) light(id); });
  card.addEventListener('blur', () => { if (pinned === undefined) light(undefined); });
  card.addEventListener('click', (event) => {
    event.stopPropagation();
    pin(pinned === id ? undefined : id);
  });
  card.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    pin(pinned === id ? undefined : id);
  });
}
svg.addEventListener('click', () => pin(undefined));
for (const button of document.querySelectorAll('button[data-id]')) {
  button.addEventListener('click', () => show(button.dataset.id));
}
const field = document.getElementById('search');
let matches = [];
let match = -1;
field.addEventListener('input', () => {
  matches = search(field.value);
  match = -1;
});
field.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || matches.length === 0) return;
  match = (match + 1) % matches.length;
  show(matches[match]);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    pin(undefined);
    field.value = '';
    matches = search('');
  } else if (event.key === '/' && event.target !== field) {
    event.preventDefault();
    field.focus();
  }
});
const pane = svg.parentElement;
const fit = () => zoom(Math.min((pane.clientWidth - 24) / width, (pane.clientHeight - 24) / height));
document.getElementById('closer').addEventListener('click', () => zoom(scale * 1.25));
document.getElementById('farther').addEventListener('click', () => zoom(scale / 1.25));
document.getElementById('natural').addEventListener('click', () => zoom(1));
document.getElementById('fit').addEventListener('click', fit);
for (const element of document.querySelectorAll('[hidden].scripted')) element.hidden = false;
zoom(Math.max(0.75, Math.min(1, (pane.clientWidth - 24) / width)));
if (tokens.has(location.hash.slice(1))) show(location.hash.slice(1));
`;
