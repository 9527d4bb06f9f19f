// The landing page leads here next time.
localStorage.setItem("nw-edition", document.documentElement.lang);
