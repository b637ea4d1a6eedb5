// The page's script: theme switch, tables that sort and filter, everything open on paper. No network, no library.
(() => {
  const root = document.documentElement;
  const remember = {
    get: () => {
      try {
        return localStorage.getItem('tenas-theme');
      } catch {
        return null; // storage is off for this page
      }
    },
    /** @param {string} theme */
    set: (theme) => {
      try {
        localStorage.setItem('tenas-theme', theme);
      } catch {
        // the choice lasts until the page is closed
      }
    },
  };

  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? 'dark' : 'light')) === 'dark';
  const toggle = document.querySelector('[data-theme-toggle]');
  const showTheme = () => toggle?.setAttribute('aria-pressed', String(isDark()));
  const stored = remember.get();
  if (stored === 'dark' || stored === 'light') root.dataset.theme = stored;
  showTheme();
  prefersDark.addEventListener('change', showTheme);
  toggle?.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    remember.set(root.dataset.theme);
    showTheme();
  });

  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details')].filter((details) => !details.open);
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
    opened = [];
  });

  /** @typedef {string | null | [number | null, string]} Cell */
  const collator = new Intl.Collator('en', { numeric: true });

  /** @param {Cell} cell */
  const shown = (cell) => (cell === null ? '–' : typeof cell === 'string' ? cell : cell[1]);

  /** @param {Cell} a @param {Cell} b @param {number} direction nothing comes last either way */
  const compare = (a, b, direction) => {
    const left = Array.isArray(a) ? a[0] : a;
    const right = Array.isArray(b) ? b[0] : b;
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'number' && typeof right === 'number') return direction * (left - right);
    return direction * collator.compare(String(left), String(right));
  };

  /** Makes the tables and the readers of fronts of a part of the page work. @param {Element | Document} part */
  const enliven = (part) => {
    for (const table of part.querySelectorAll('[data-table]')) {
      const source = table.querySelector('script[type="application/json"]');
      const body = table.querySelector('tbody');
      const status = table.querySelector('[role="status"]');
      if (source === null || body === null || status === null) continue;
      /** @type {{ page: number, kinds: string[], rows: Cell[][] }} */
      const data = JSON.parse(source.textContent ?? '');
      const texts = data.rows.map((row) => row.map(shown).join(' ').toLowerCase());
      const headers = [...table.querySelectorAll('th')];
      const blocks = table.querySelector('table.blocks') !== null;
      /** @type {NodeListOf<HTMLButtonElement>} */
      const pagers = table.querySelectorAll('[data-page]');
      /** @type {HTMLInputElement | null} */
      const filter = table.querySelector('[data-filter]');
      /** @type {NodeListOf<HTMLSelectElement>} */
      const choices = table.querySelectorAll('[data-choice]');
      const state = { column: -1, direction: 1, page: 0 };

      const draw = () => {
        const words = (filter?.value ?? '').toLowerCase().split(/\s+/).filter(Boolean);
        const wanted = [...choices].filter((choice) => choice.value !== '');
        const places = data.rows.flatMap((row, place) => {
          const fits =
            words.every((word) => texts[place]?.includes(word)) &&
            wanted.every((choice) => shown(row[Number(choice.dataset.choice)] ?? null) === choice.value);
          return fits ? [place] : [];
        });
        if (state.column >= 0) {
          places.sort((a, b) =>
            compare(
              data.rows[a]?.[state.column] ?? null,
              data.rows[b]?.[state.column] ?? null,
              state.direction,
            ),
          );
        }
        const pages = Math.max(1, Math.ceil(places.length / data.page));
        state.page = Math.min(Math.max(0, state.page), pages - 1);
        const first = state.page * data.page;
        const part = places.slice(first, first + data.page);
        body.replaceChildren(
          ...part.map((place) => {
            const line = document.createElement('tr');
            for (const [index, cell] of (data.rows[place] ?? []).entries()) {
              const element = line.insertCell();
              element.className = data.kinds[index] ?? '';
              element.textContent = shown(cell);
              if (blocks) element.dataset.label = headers[index]?.textContent ?? '';
            }
            return line;
          }),
        );
        const range = pages > 1 && part.length > 0 ? `${first + 1} to ${first + part.length} of ` : '';
        const all = places.length < data.rows.length ? ` of ${data.rows.length}` : '';
        status.textContent = `${range}${places.length}${all} ${data.rows.length === 1 ? 'row' : 'rows'}`;
        for (const button of pagers) {
          const target = state.page + Number(button.dataset.page);
          button.disabled = target < 0 || target >= pages;
        }
        for (const [index, header] of headers.entries()) {
          if (index === state.column) {
            header.setAttribute('aria-sort', state.direction > 0 ? 'ascending' : 'descending');
          } else {
            header.removeAttribute('aria-sort');
          }
        }
      };

      for (const [index, header] of headers.entries()) {
        header.querySelector('button')?.addEventListener('click', () => {
          state.direction = state.column === index ? -state.direction : 1;
          state.column = index;
          state.page = 0;
          draw();
        });
      }
      const restart = () => {
        state.page = 0;
        draw();
      };
      filter?.addEventListener('input', restart);
      for (const choice of choices) choice.addEventListener('change', restart);
      for (const button of pagers) {
        button.addEventListener('click', () => {
          state.page += Number(button.dataset.page);
          draw();
        });
      }
      draw();
    }

    for (const front of part.querySelectorAll('[data-front]')) {
      const reader = front.querySelector('.front-reader');
      const slider = front.querySelector('input');
      const text = front.querySelector('output');
      if (!(reader instanceof HTMLElement) || slider === null || text === null) continue;
      // In every figure, the dots with a title are the members of the front, in the order of the table.
      const figures = [...front.querySelectorAll('svg')].map((svg) =>
        [...svg.querySelectorAll('circle')].filter((dot) => dot.querySelector('title') !== null),
      );
      const show = () => {
        const chosen = Number(slider.value) - 1;
        for (const dots of figures) {
          for (const [place, dot] of dots.entries()) dot.classList.toggle('chosen', place === chosen);
        }
        text.textContent = figures[0]?.[chosen]?.querySelector('title')?.textContent ?? '';
      };
      for (const dots of figures) {
        for (const [place, dot] of dots.entries()) {
          for (const event of ['pointerenter', 'click']) {
            dot.addEventListener(event, () => {
              slider.value = String(place + 1);
              show();
            });
          }
        }
      }
      slider.addEventListener('input', show);
      reader.hidden = false;
      show();
    }
  };
  enliven(document);
  // Other scripts say so of parts that they put into the page.
  document.addEventListener('shown', ({ target }) => {
    if (target instanceof Element) enliven(target);
  });
})();
