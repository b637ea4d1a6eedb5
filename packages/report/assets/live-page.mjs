// The page of a running batch: replaces its parts as the server sends them.
const main = document.getElementById('main');
const status = document.getElementById('status');
if (main === null || status === null) throw new Error('the page is not that of this script');

const events = new EventSource(main.dataset.events ?? 'events');

events.addEventListener('message', ({ data }) => {
  const { status: text, parts } = JSON.parse(data);
  if (status.textContent !== text) status.textContent = text;
  for (const [id, markup] of Object.entries(parts)) {
    const part = document.getElementById(id);
    // The server escapes what comes from files.
    if (part !== null) part.innerHTML = markup;
  }
});

events.addEventListener('error', () => {
  status.textContent = 'The server of this page does not answer. The batch itself does not need it.';
});
