'use strict';
const find = (id) => document.getElementById(id);
const { times, events } = JSON.parse(find('data').textContent);
const marks = [...document.querySelectorAll('[data-t]')];
const [slider, play, now] = [find('time'), find('play'), find('now')];
let playing = null;

/** Shows the chart as it was at one of its moments. */
function show(step) {
  const last = Math.max(times.length - 1, 0);
  const at = Math.min(Math.max(step, 0), last);
  const time = times[at] ?? 0;
  slider.value = at;
  now.textContent = `${(time / 1000).toFixed(3)} s`;
  slider.setAttribute('aria-valuetext', now.textContent);
  let newest = null;
  for (const mark of marks) {
    const isLater = Number(mark.dataset.t) > time;
    mark.classList.toggle('later', isLater);
    mark.classList.toggle('flying', !isLater && Number(mark.dataset.until) > time);
    if (!isLater) newest = mark;
  }
  if (at < last) newest?.scrollIntoView({ block: 'nearest' });
  if (at === last) stop();
}

function stop() {
  clearInterval(playing);
  playing = null;
  play.textContent = '▶';
  play.setAttribute('aria-label', 'Play');
}

function start() {
  if (Number(slider.value) >= times.length - 1) show(0);
  playing = setInterval(() => show(Number(slider.value) + 1), 800);
  play.textContent = '⏸';
  play.setAttribute('aria-label', 'Pause');
}

/** Shows the line of the trace behind a mark, and what the app's message says. */
function open(mark) {
  marks.forEach((other) => other.classList.toggle('chosen', other === mark));
  const event = events[Number(mark.dataset.event)];
  const message = event.out?.send ?? event.out?.modify ?? event.in?.message ?? event.in?.modified;
  const payload = read(message?.data);
  find('what').textContent = mark.getAttribute('aria-label');
  find('hint').hidden = true;
  write('raw', event);
  write('payload', payload);
  find('payload-title').hidden = payload === undefined;
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function write(id, value) {
  find(id).hidden = value === undefined;
  find(id).textContent = value === undefined ? '' : JSON.stringify(value, null, 2);
}

slider.max = Math.max(times.length - 1, 0);
slider.addEventListener('input', () => show(Number(slider.value)));
play.addEventListener('click', () => (playing === null ? start() : stop()));
for (const mark of marks) {
  mark.addEventListener('click', () => open(mark));
  mark.addEventListener('focus', () => open(mark));
}
document.addEventListener('keydown', (key) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key.key];
  if (step === undefined || key.altKey || key.ctrlKey || key.metaKey) return;
  key.preventDefault();
  stop();
  show(Number(slider.value) + step);
});
show(times.length - 1);
