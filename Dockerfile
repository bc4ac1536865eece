# Both base images are given by digest: a tag may be another image tomorrow. docs/install.md, "The image", says how to find it.
#   docker build --build-arg NODE_IMAGE=node:22-bookworm-slim@sha256:… .
ARG NODE_IMAGE
ARG RUNTIME_IMAGE=${NODE_IMAGE}

FROM ${NODE_IMAGE} AS build
ARG NODE_IMAGE
ARG RUNTIME_IMAGE
RUN for image in "${NODE_IMAGE}" "${RUNTIME_IMAGE}"; do \
      case "${image}" in \
        *@sha256:????????????????????????????????????????????????????????????????) ;; \
        *) echo "found the base image ${image}; expected one by digest, such as node:22-bookworm-slim@sha256:…" >&2; exit 1 ;; \
      esac; \
    done
# true adds native TensorFlow, 580 MB: the training of the neural model takes a fraction of the time that WebAssembly needs, which is
# always there (6 MB).
ARG NATIVE_TFJS=false
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Install scripts of packages are off; .npmrc says the same.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY core core
COPY files files
COPY collector collector
COPY models models
COPY forecaster forecaster
COPY actuator actuator
COPY kubernetes kubernetes
COPY telemetry telemetry
COPY redis redis
COPY addon addon
COPY replay replay
COPY simulation simulation
COPY cli cli
RUN npm run build
RUN if [ "${NATIVE_TFJS}" = true ]; then \
      apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && npm run native; \
    fi
# What is optional elsewhere is kept here: of the packages of TensorFlow.js, what Node loads.
RUN set -eu; \
    for name in core layers backend-wasm backend-cpu $([ "${NATIVE_TFJS}" != true ] || echo node); do \
      version=$(node -p "require('./package.json').devDependencies['@tensorflow/tfjs-${name}']"); \
      npm pkg set "optionalDependencies[@tensorflow/tfjs-${name}]=${version}"; \
      npm pkg delete "devDependencies[@tensorflow/tfjs-${name}]"; \
    done; \
    npm prune --omit=dev --ignore-scripts; \
    find node_modules/@tensorflow -type f ! -path '*/tfjs-node/*' \
      ! -name '*.node.js' ! -name '*.wasm' ! -name package.json -delete; \
    find dist -name '*.map' -delete; rm -f dist/.tsbuildinfo

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG RUNTIME_IMAGE
LABEL org.opencontainers.image.title="prescale" \
      org.opencontainers.image.description="Predictive autoscaling for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
# Two arenas: the worker threads of Node would each have one of their own, half empty. A small heap: what a thousand histories leave
# behind while they are read is collected early, and the memory limit of the chart holds.
ENV NODE_ENV=production NO_COLOR=1 MALLOC_ARENA_MAX=2 \
    NODE_OPTIONS="--max-old-space-size=192 --max-semi-space-size=8"
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY schemas schemas
COPY prices prices
COPY LICENSE LICENSES.md README.md ./
# So that `kubectl exec … -- prescale status` works; the store's folder belongs to the user that writes it.
RUN ln -s /app/dist/cli/main.js /usr/local/bin/prescale && chmod +x dist/cli/main.js \
 && mkdir -p /var/lib/prescale && chown 65532:65532 /var/lib/prescale
USER 65532:65532
EXPOSE 8080 8081
# Kubernetes' probes decide about health.
HEALTHCHECK NONE
ENTRYPOINT ["prescale"]
CMD ["run"]
