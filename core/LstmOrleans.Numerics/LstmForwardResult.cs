using System.Numerics.Tensors;

namespace LstmOrleans.Numerics;

/// <summary>What <c>torch.nn.LSTM</c> returns: <c>output, (h_n, c_n)</c>.</summary>
/// <param name="Output">(T, B, D*K), or (B, T, D*K) with batch_first, or (T, D*K) for unbatched input; 0 where a sequence is padded.</param>
/// <param name="HN">(L*D, B, K), or (L*D, K) unbatched; taken at each sequence's own end.</param>
/// <param name="CN">(L*D, B, H), or (L*D, H) unbatched.</param>
public readonly record struct LstmForwardResult(Tensor<float> Output, Tensor<float> HN, Tensor<float> CN);
