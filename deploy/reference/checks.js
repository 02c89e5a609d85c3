// Checks of the page in a browser. Each returns the list of its faults, in words.
({
  // Nobody has to scroll sideways.
  overflow: () => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
      const { left, right, width: own } = element.getBoundingClientRect();
      return own > 0 && right > width + 1 && left > -1000 && !element.closest("pre");
    });
    const page = document.documentElement.scrollWidth > width ? [`${document.documentElement.scrollWidth} of ${width} pixels`] : [];
    return [...page, ...wide.map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 60)}`)];
  },

  // Method and path of each operation stand on one line.
  routes: () => [...document.querySelectorAll(".operation .route")].filter((route) => {
    const [method, path] = route.children;
    return path.getClientRects().length !== 1 || path.getBoundingClientRect().height > 30
      || Math.abs(method.getBoundingClientRect().top - path.getBoundingClientRect().top) > 12;
  }).map((route) => route.textContent),

  // Letters stand out from what is behind them (WCAG 2.2, 1.4.3).
  contrast: () => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const known = new Map();
    const rgb = (color) => {
      if (known.has(color)) return known.get(color);
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      known.set(color, [...canvas.getImageData(0, 0, 1, 1).data]);
      return known.get(color);
    };
    const luminance = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]].reduce((sum, [part, weight]) => {
      const value = part / 255;
      return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    }, 0);
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = rgb(getComputedStyle(at).backgroundColor);
        if (color[3] === 255) return color;
      }
      return [255, 255, 255];
    };
    const faults = new Map();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let count = 0;
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!texts.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, style")) continue;
      const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(behind(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      count += 1;
      if (ratio < 4.5) faults.set(`${element.tagName}.${element.className}`, `${ratio.toFixed(2)} ${element.textContent.slice(0, 40)}`);
    }
    return count < 1000 ? [`only ${count} texts`] : [...faults].map(([name, words]) => `${name}: ${words}`);
  },

  // Headings in order, one of the first level.
  headings: () => {
    const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")];
    const level = (heading) => Number(heading.tagName[1]);
    const faults = headings.filter((heading, index) => level(heading) > (index ? level(headings[index - 1]) : 0) + 1);
    const first = headings.filter((heading) => level(heading) === 1);
    return [...faults.map((heading) => heading.textContent), ...(first.length === 1 ? [] : [`${first.length} h1`])];
  },

  // Each operation and chapter has a link to itself, and each link within the page leads somewhere.
  links: () => {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `twice: ${id}`);
    const lost = [...document.querySelectorAll("a")].filter(({ hash }) => hash && !ids.includes(hash.slice(1)))
      .map(({ hash }) => `leads nowhere: ${hash}`);
    const without = [...document.querySelectorAll("main section[id]")]
      .filter((section) => !section.querySelector(`.permalink[href="#${section.id}"]`)).map(({ id }) => `no permalink: ${id}`);
    const elsewhere = [...document.querySelectorAll("[src], [href]")].map((element) => element.src || element.href)
      .filter((address) => address && new URL(address).origin !== location.origin);
    return [...twice, ...lost, ...without, ...elsewhere];
  },

  // Each operation has its call, with the page's own address.
  calls: () => {
    const faults = [...document.querySelectorAll(".operation")].filter((operation) => {
      const call = operation.querySelector(".calls pre").textContent;
      const [method, path] = [".method", ".path"].map((part) => operation.querySelector(`.route ${part}`).textContent);
      const pattern = path.replace(/\{\w+\}/g, "[^/ ]+");
      const isRight = new RegExp(`^curl( -i)?${method === "GET" ? "" : ` -X ${method}`} "${location.origin}/api/v1${pattern}"`);
      return !isRight.test(call);
    });
    return faults.map((operation) => operation.querySelector(".calls pre").textContent);
  },

  // Keyboard: a mark around each element that has the focus.
  focus: () => {
    const style = getComputedStyle(document.activeElement);
    return document.activeElement !== document.body && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      ? [] : [`${document.activeElement.tagName} ${document.activeElement.textContent.slice(0, 40)}`];
  },
})
