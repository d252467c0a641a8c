// One visit to a page is one step of the browser's history.

// Streamlit pushes an entry whenever the server writes the address, also when it only completes the address of a page
// that has just been opened (the model remembered from the page before). Back would then lead from a page to itself.
let touched = false; // whether a hand did anything since the page was opened

const push = history.pushState.bind(history);
history.pushState = (state, unused, url) => {
  const stays = url == null || new URL(url, location.href).pathname === location.pathname;
  if (stays && !touched) history.replaceState(state, unused, url);
  else push(state, unused, url);
  touched &&= stays;
};

const touch = () => {
  touched = true;
};
addEventListener('pointerdown', touch, { capture: true });
addEventListener('keydown', touch, { capture: true });
addEventListener('popstate', () => {
  touched = false;
});
