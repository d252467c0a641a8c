// One visit to a page is one step of the browser's history.

// Streamlit pushes an entry whenever the server writes the address, also when it only completes the address of a page
// that is being opened (the model remembered from the page before), and that before or after it has pushed the page
// itself. Back would then lead from a page to itself.
let leaving = false; // whether a link to another page was followed that is not there yet: its push will bring all
let touched = false; // whether a hand did anything since the page was opened

const push = history.pushState.bind(history);
history.pushState = (state, unused, url) => {
  const stays = url == null || new URL(url, location.href).pathname === location.pathname;
  if (!stays) push(state, unused, url);
  else if (!touched) history.replaceState(state, unused, url);
  else if (!leaving) push(state, unused, url);
  leaving &&= stays;
  touched &&= stays;
};

const touch = () => {
  leaving = false;
  touched = true;
};
addEventListener('pointerdown', touch, { capture: true });
addEventListener('keydown', touch, { capture: true });
addEventListener(
  'click',
  (event) => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    const here = link?.origin === location.origin && !(link.target || event.ctrlKey || event.metaKey || event.shiftKey);
    leaving = Boolean(here) && link?.pathname !== location.pathname;
  },
  { capture: true },
);
addEventListener('popstate', () => {
  leaving = false;
  touched = false;
});
