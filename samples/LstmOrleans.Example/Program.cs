using System.Numerics.Tensors;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

// nn.LSTM(128, 256, num_layers=3, batch_first=True, bidirectional=True, proj_size=64), saved from Python with an x, h0 and c0
var file = SafetensorsFile.Load("tests/LstmOrleans.Numerics.Tests/Vectors/00_seed_example.safetensors");
var lstm = new LstmModel(StateDictImport.Import(file, new() { Prefix = "", BatchFirst = true }).Parameters);

Tensor<float> x = Tensor.Create(file.ReadFloats("x"), [4, 6, 128]);       // (B, T, I)
Tensor<float> h0 = Tensor.Create(file.ReadFloats("h0"), [6, 4, 64]);      // (L*D, B, P)
Tensor<float> c0 = Tensor.Create(file.ReadFloats("c0"), [6, 4, 256]);     // (L*D, B, H)
var (output, hN, cN) = lstm.Forward(x, h0, c0);                           // output, (h_n, c_n), as in PyTorch

foreach (var (name, tensor) in new[] { ("output", output), ("h_n", hN), ("c_n", cN) })
    Console.WriteLine($"{name} ({string.Join(", ", tensor.Lengths.ToArray())})");
