print("fx-bridge")
