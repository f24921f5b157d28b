/** The script of the page: it filters and sorts the tasks and highlights the edges of a node. It adds no text of a run. */
export const SCRIPT = `
'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const body = document.querySelector('#tasks tbody');
const tools = document.querySelector('.tools');
const search = tools.querySelector('[type=search]');
const boxes = all('[type=checkbox]', tools);
const filter = () => {
  const text = search.value.toLowerCase();
  const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const hidden = new Set();
  for (const row of body.rows) {
    row.hidden = !statuses.has(row.dataset.status) || !row.textContent.toLowerCase().includes(text);
    if (row.hidden) hidden.add(row.dataset.task);
  }
  for (const lane of all('#timeline [data-task]')) lane.hidden = hidden.has(lane.dataset.task);
};
tools.hidden = false;
tools.addEventListener('input', filter);
tools.addEventListener('submit', (event) => event.preventDefault());

const valueOf = (row, column) => {
  const cell = row.cells[column];
  const text = cell.dataset.value ?? cell.textContent;
  return cell.classList.contains('number') ? Number(text) : text;
};
for (const [column, head] of all('#tasks thead th').entries()) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of all('#tasks thead th')) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const keyed = [...body.rows].map((row) => ({ row, value: valueOf(row, column) }));
    keyed.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) * (up ? 1 : -1));
    body.append(...keyed.map(({ row }) => row));
  });
}

const edges = all('.edges path');
const light = (node) => {
  for (const edge of edges)
    edge.classList.toggle('lit', node !== undefined && (edge.dataset.from === node || edge.dataset.to === node));
};
for (const node of all('.node')) {
  for (const on of ['mouseenter', 'focus']) node.addEventListener(on, () => light(node.dataset.node));
  for (const off of ['mouseleave', 'blur']) node.addEventListener(off, () => light(undefined));
}

const reveal = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener('hashchange', reveal);
reveal();
`;
