import { clearError, send, showError } from '/api.js';

const form = document.getElementById('form');
const error = document.getElementById('error');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  clearError(error);
  try {
    await send('POST', '/api/session', { key: form.key.value });
    // The page that was asked for stands behind this one, under the same address.
    if (location.pathname === '/login.html') location.assign('/');
    else location.reload();
  } catch (reason) {
    showError(error, reason.status === 401 ? new Error(reason.message) : reason);
    form.key.select();
  }
});
