"""In the manner of a tutorial's autoencoder: one line an epoch, at the same step of each."""

num_epochs = 3
batch_size = 128

for epoch in range(num_epochs):
    print(
        f"Epoch[{epoch + 1}/{num_epochs}], Step [10/12], "
        f"Reconst Loss: {90 / (epoch + 1):.4f}, KL Div: {epoch + 1.5:.4f}"
    )
