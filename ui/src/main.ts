import { mount } from 'svelte';
import App from './App.svelte';
import type { Backend } from './backend/backend';
import { tauriBackend } from './backend/tauri';

/** The fake never reaches a production bundle: both conditions are constants there, and a test looks. */
async function chooseBackend(): Promise<Backend> {
  if (import.meta.env.MODE === 'fake' || import.meta.env.DEV) {
    const wishes = new URLSearchParams(window.location.search);
    if (wishes.has('fake')) {
      const { fakeBackend } = await import('./backend/fake');
      return fakeBackend(wishes);
    }
  }
  return tauriBackend();
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target, props: { backend: await chooseBackend() } });
