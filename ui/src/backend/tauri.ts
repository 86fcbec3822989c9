import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { AppView } from '../generated/model';
import type { Backend } from './backend';
import { officialArt } from './official-art';

/** The real engine, behind the shell's two commands and its one event. */
export function tauriBackend(): Backend {
  return {
    view: () => invoke<AppView>('view'),
    onView(changed) {
      let stopped = false;
      const listening = listen<AppView>('view', (event) => {
        if (!stopped) changed(event.payload);
      });
      return () => {
        stopped = true;
        void listening.then((stop) => stop());
      };
    },
    request: (request) => invoke('request', { request }),
    officialButton: officialArt,
  };
}
