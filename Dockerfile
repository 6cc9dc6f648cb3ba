# The store as an image: `docker build -t portico .`, then
# `docker run -p 8000:8000 -p 8001:8001 -v portico:/srv/var -e PORTICO_STORE__ORIGIN=https://shop.example portico`.
# A shop's folder: `-v ./shop:/srv/shop:ro -e PORTICO_SHOP=/srv/shop`.

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock .
RUN python -m venv /opt/portico && /opt/portico/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY . .
RUN /opt/portico/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
COPY --from=build /opt/portico /opt/portico
RUN useradd --system --uid 10001 --home-dir /srv portico && mkdir -p /srv/var && chown portico /srv/var
USER portico
WORKDIR /srv
VOLUME /srv/var
ENV PATH=/opt/portico/bin:$PATH PORTICO_SERVER__HOST=0.0.0.0 PORTICO_STORE__ORIGIN=http://127.0.0.1:8000
EXPOSE 8000 8001
HEALTHCHECK --interval=30s --timeout=3s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/-/ready', timeout=2)"]
CMD ["portico", "run"]
