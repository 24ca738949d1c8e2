// OHIF's configuration in this guest, and the word to the guest that the picture can be seen.
(() => {
  localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour']));

  // A mode that is no mode: OHIF waits for it after everything else is loaded, so the page can be ready before the
  // pictures are. The server answers when it has read them, with the address that shows them.
  const picturesAreReady = fetch('/ready')
    .then((answer) => answer.json())
    .then(({ address, saves }) => {
      history.replaceState(null, '', address);
      document.documentElement.classList.toggle('vitrine-saves', saves);
      return null;
    });

  // An extension that is none: it only gets hold of what OHIF asks for series with.
  let source;
  const arriving = {
    id: 'vitrine.arriving',
    preRegistration: ({ extensionManager }) => {
      source = () => extensionManager.getActiveDataSource()[0];
    },
  };

  /** Series that come while the first are being looked at appear in the list beside the picture. */
  const follow = async () => {
    for (let loaded = 0, complete = false; !complete;)
      try {
        const arrived = await (await fetch(`/arrived?after=${loaded}`)).json();
        for (const { StudyInstanceUID, SeriesInstanceUID } of arrived.series) {
          const filters = { seriesInstanceUID: SeriesInstanceUID };
          // It remembers what it has once asked of a study, whatever the filters were, under the name of the source.
          source().deleteStudyMetadataPromise(`vitrine:${StudyInstanceUID}`);
          await source().retrieve.series.metadata({ StudyInstanceUID, filters });
          loaded += 1;
        }
        complete = arrived.complete;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
  };

  const REFUSED = {
    kind: 'A record does not hold files of this kind.',
    'no-place': 'Nothing that is saved in this viewer is kept.',
    'no-room': 'There is no room for more.',
  };

  /** What OHIF would have the browser download goes where the host collects it. */
  const save = async ({ href, download }) => {
    const body = await (await fetch(href)).blob();
    const answer = await fetch(`/results/${encodeURIComponent(download)}`, { method: 'POST', body });
    const { name, refused } = await answer.json();
    window.services.uiNotificationService.show({
      type: name ? 'success' : 'error',
      title: name ? 'Saved' : 'Not saved',
      message: name
        ? `When this viewer is closed, “${name}” waits in the record, to be kept or thrown away.`
        : REFUSED[refused],
      duration: 8000,
    });
  };
  const saveInstead = (event) => {
    const link = event.target.closest?.('a[download]');
    if (!link) return;
    event.preventDefault();
    void save(link);
  };
  addEventListener('click', saveInstead, true);

  // On a narrow screen the pictures get all of it; the button at the edge brings the list of series back.
  const narrow = matchMedia('(max-width: 700px)');

  window.config = {
    routerBasename: null,
    // Its place is needed by the tools; null is OHIF's own.
    whiteLabeling: {
      createLogoComponentFn: (React) => (narrow.matches ? React.createElement('span') : null),
    },
    extensions: [arriving],
    modes: [picturesAreReady],
    customizationService: [],
    showStudyList: false,
    maxNumberOfWebWorkers: 2,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: false,
    showLoadingIndicator: true,
    strictZSpacingForVolumeViewport: true,
    investigationalUseDialog: { option: 'never' },
    measurementTrackingMode: 'none',
    showErrorDetails: 'dev',
    maxNumRequests: { interaction: 100, thumbnail: 20, prefetch: 25 },
    defaultDataSourceName: 'vitrine',
    dataSources: [
      {
        namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
        sourceName: 'vitrine',
        configuration: {
          friendlyName: 'This record',
          name: 'vitrine',
          qidoRoot: '/dicom-web',
          wadoRoot: '/dicom-web',
          wadoUriRoot: '/dicom-web',
          qidoSupportsIncludeField: false,
          supportsReject: false,
          supportsFuzzyMatching: false,
          supportsWildcard: false,
          imageRendering: 'wadors',
          thumbnailRendering: 'wadors',
          enableStudyLazyLoad: true,
          omitQuotationForMultipartRequest: true,
          bulkDataURI: { enabled: true, relativeResolution: 'studies' },
        },
      },
    ],
    httpErrorHandler: (error) => console.warn(error.status),
  };

  const PATIENCE_MS = 20_000;
  const probe = document.createElement('canvas');
  probe.width = probe.height = 24;
  const context = probe.getContext('2d', { willReadFrequently: true });
  let since = 0;

  /** More than a few shades: a picture, not an empty canvas. */
  const isPicture = (canvas) => {
    context.drawImage(canvas, 0, 0, probe.width, probe.height);
    const { data } = context.getImageData(0, 0, probe.width, probe.height);
    const shades = new Set();
    for (let i = 0; i < data.length; i += 4) shades.add(data[i] + 256 * data[i + 1] + 65536 * data[i + 2]);
    return shades.size > 4;
  };

  /** On the screen and large: thumbnails are drawn on canvases too, in the list and out of sight. */
  const isViewport = (canvas) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return left >= 0 && top >= 0 && width > innerWidth / 5 && height > innerHeight / 5;
  };

  const fitPanels = () => {
    const panels = window.services?.panelService;
    if (narrow.matches)
      panels?._broadcastEvent(panels.EVENTS.PANELS_CHANGED, { options: { leftPanelClosed: true } });
  };
  // The browser's window stays wider than a narrow screen; the page does not.
  const fitWidth = () => {
    const { style } = document.documentElement;
    style.width = innerWidth > screen.width ? `${screen.width}px` : '';
    style.setProperty('--vitrine-width', `${Math.min(innerWidth, screen.width)}px`);
  };
  addEventListener('resize', fitWidth);
  fitWidth();

  const look = setInterval(() => {
    const canvases = [...document.querySelectorAll('canvas.cornerstone-canvas')].filter(isViewport);
    if (canvases.length === 0) return;
    document.getElementById('vitrine-opening')?.remove();
    if (since === 0) {
      since = Date.now();
      fitPanels();
      fitWidth();
      narrow.addEventListener('change', fitPanels);
    }
    // A picture may really be all black: after a while the canvas counts as shown.
    if (!canvases.some(isPicture) && Date.now() - since < PATIENCE_MS) return;
    clearInterval(look);
    requestAnimationFrame(() => requestAnimationFrame(() => fetch('/showing', { method: 'POST' })));
    void follow();
  }, 30);
})();
