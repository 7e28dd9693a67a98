"""Files: storage, names, what is told by a content, images made on the fly, embeds. Source: files_assets.md."""
