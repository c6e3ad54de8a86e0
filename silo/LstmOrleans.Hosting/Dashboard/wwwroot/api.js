// Calls of the dashboard's API. Every error is an ApiError with the server's own sentence.

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

async function answerOf(response) {
  if (response.ok) {
    if (response.status === 204) return null;
    const type = response.headers.get('content-type') ?? '';
    return type.includes('json') ? response.json() : response;
  }
  let reason = `The server answered ${response.status} ${response.statusText}.`;
  try {
    const body = await response.json();
    reason = body.error ?? body.detail ?? body.title ?? reason;
  } catch { /* No JSON: the status has to do. */ }
  throw new ApiError(reason, response.status);
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('The server does not answer. Is the process still running?', 0);
  }
  return answerOf(response);
}

/** GET; resolves to the JSON. */
export const get = (path, { signal } = {}) => call(path, { signal });

/**
 * POST, PUT or DELETE; resolves to the JSON, null without one, or the Response of another type.
 * A plain object goes as JSON; FormData, Blob and typed arrays go as they are.
 */
export async function send(method, path, body, { signal, headers = {} } = {}) {
  // A new token each time: the one of a page that stood open while the server was started again is worth nothing.
  const { header, token } = await get('/api/antiforgery', { signal });
  const raw = body === undefined || body instanceof FormData || body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body);
  return call(path, {
    method,
    signal,
    body: raw ? body : JSON.stringify(body),
    headers: { ...(raw ? {} : { 'content-type': 'application/json' }), ...headers, [header]: token },
  });
}

/** Shows an error in a box (an element of the page, empty and hidden before). */
export function showError(box, error) {
  box.textContent = error.message ?? String(error);
  box.className = 'error-box';
  box.setAttribute('role', 'alert');
  box.hidden = false;
  if (error.status === 401) {
    const again = document.createElement('a');
    again.href = location.href;
    again.textContent = 'Sign in';
    box.append(' ', again);
  }
}

/** Hides it again. */
export function clearError(box) {
  box.hidden = true;
  box.textContent = '';
}
