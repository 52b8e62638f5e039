# The server in a container: built once, run by nobody in particular, with no shell around it.
#
#   docker build -t loquat .
#   docker run -p 8000:8000 -v loquat:/data loquat

# ---- build
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src

# Dependencies first, behind an empty program: this layer is built again only when the manifests change.
COPY Cargo.toml Cargo.lock ./
COPY migration/Cargo.toml migration/
RUN mkdir -p src migration/src \
 && echo 'fn main() {}' > src/main.rs \
 && touch src/lib.rs migration/src/lib.rs \
 && cargo build --release --locked \
 && rm -r src migration/src

# The program itself. The sources may be older than the empty program; cargo goes by the time of a file.
COPY schema.graphql ./
COPY migration/src migration/src
COPY src src
RUN touch src/main.rs src/lib.rs migration/src/lib.rs \
 && cargo build --release --locked \
 && mkdir /data

# ---- run
FROM gcr.io/distroless/cc-debian12:nonroot
COPY LICENSE schema.graphql /usr/share/loquat/
COPY --from=build --chown=65532:65532 /data /data
COPY --from=build /src/target/release/loquat /usr/local/bin/loquat
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
WORKDIR /data
USER 65532:65532
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=90s --start-interval=1s \
  CMD ["/usr/local/bin/loquat", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/loquat"]
